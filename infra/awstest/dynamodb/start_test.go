package dynamodb_test

import (
	"bufio"
	"errors"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/apiq/apiq/infra/awstest/dynamodb"
	"github.com/apiq/apiq/shared/table/dynamo/schema"
)

// TestLoopbackOnly: no other address of this machine answers.
func TestLoopbackOnly(t *testing.T) {
	t.Parallel()
	endpoint, err := url.Parse(dynamodb.Start(t))
	if err != nil || endpoint.Hostname() != "127.0.0.1" {
		t.Fatal(endpoint, err)
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, address := range addresses {
		ip, _, err := net.ParseCIDR(address.String())
		if err != nil || ip.String() == "127.0.0.1" || ip.IsLinkLocalUnicast() {
			continue
		}
		tried++
		conn, err := net.DialTimeout("tcp", net.JoinHostPort(ip.String(), endpoint.Port()), time.Second)
		if err == nil {
			t.Errorf("%s answers too", ip)
			_ = conn.Close()
		}
	}
	if tried == 0 {
		t.Skip("this machine has no other address")
	}
}

// TestTable: a fresh table has the driver's shape, and the server refuses what
// DynamoDB refuses of it.
func TestTable(t *testing.T) {
	t.Parallel()
	endpoint := dynamodb.Start(t)
	name := dynamodb.Table(t, endpoint)
	out, err := dynamodb.Client(endpoint).DescribeTable(t.Context(), &sdk.DescribeTableInput{TableName: &name})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(out.Table.GlobalSecondaryIndexes); n != len(schema.Indexes()) {
		t.Errorf("%d indexes", n)
	}
}

// childEnv makes this test binary the one that starts a server and then dies.
const childEnv = "APIQ_TEST_STAND_CHILD"

// TestDiesWithItsParent: a test binary that is killed takes its server along.
func TestDiesWithItsParent(t *testing.T) {
	t.Parallel()
	if os.Getenv(childEnv) != "" {
		_, _ = os.Stdout.WriteString("endpoint " + dynamodb.Start(t) + "\n")
		select {} // until it is killed
	}
	dynamodb.Start(t)                                                                                                    // skips where there is none
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestDiesWithItsParent$", "-test.timeout", "2m") //nolint:gosec // itself
	child.Env = append(os.Environ(), childEnv+"=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	address := ""
	for lines := bufio.NewScanner(out); address == "" && lines.Scan(); {
		address, _ = strings.CutPrefix(lines.Text(), "endpoint http://")
		if !strings.HasPrefix(lines.Text(), "endpoint ") {
			address = ""
		}
	}
	if address == "" {
		t.Fatal("the child said nothing", errors.Join(child.Process.Kill(), child.Wait()))
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed
	for deadline := time.Now().Add(20 * time.Second); ; {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			return
		}
		_ = conn.Close()
		if time.Now().After(deadline) {
			t.Fatal("the server outlived its parent")
		}
		time.Sleep(50 * time.Millisecond) // another process can only be polled
	}
}
