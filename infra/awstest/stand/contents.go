package stand

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"iter"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/apiq/apiq/infra/awstest/dynamodb"
	"github.com/apiq/apiq/shared/blob/s3"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/dynamo"
)

// items are the table's, as DynamoDB gives them.
func (s *Stand) items(t testing.TB) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		pages := awsdynamodb.NewScanPaginator(dynamodb.Client(s.endpoint), &awsdynamodb.ScanInput{TableName: &s.table})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, item := range page.Items {
				raw, err := json.Marshal(item)
				if err != nil {
					t.Fatal(err)
				}
				if !yield("item", raw) {
					return
				}
			}
		}
	}
}

// Records is the table as the home sees it, for looks that are not counted.
func (s *Stand) Records() *table.Store {
	return table.New(dynamo.New(dynamodb.Client(s.endpoint), s.table, nil), nil)
}

// TableBytes is the size of all items, by DynamoDB's rules as far as they matter
// here: names and texts by their bytes, numbers by their digits.
func (s *Stand) TableBytes(t testing.TB) int {
	t.Helper()
	n := 0
	pages := awsdynamodb.NewScanPaginator(dynamodb.Client(s.endpoint), &awsdynamodb.ScanInput{TableName: &s.table})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Items {
			for name, value := range item {
				n += len(name)
				switch v := value.(type) {
				case *types.AttributeValueMemberS:
					n += len(v.Value)
				case *types.AttributeValueMemberB:
					n += len(v.Value)
				case *types.AttributeValueMemberN:
					n += len(v.Value)/2 + 1
				}
			}
		}
	}
	return n
}

// objects are those of both buckets, unpacked where they are packed.
func (s *Stand) objects(t testing.TB) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		client := s3.NewClient(aws.Config{Region: region, Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}, &s.blobs)
		for _, name := range []string{bucket, archive} {
			pages := awss3.NewListObjectsV2Paginator(client, &awss3.ListObjectsV2Input{Bucket: &name})
			for pages.HasMorePages() {
				page, err := pages.NextPage(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, o := range page.Contents {
					got, err := client.GetObject(t.Context(), &awss3.GetObjectInput{Bucket: &name, Key: o.Key})
					if err != nil {
						t.Fatal(err)
					}
					raw, err := io.ReadAll(got.Body)
					got.Body.Close()
					if err != nil {
						t.Fatal(err)
					}
					if !yield(*o.Key, unpacked(raw)) {
						return
					}
				}
			}
		}
	}
}

func unpacked(raw []byte) []byte {
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return raw
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		return raw
	}
	return plain
}
