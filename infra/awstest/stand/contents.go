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
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/apiq/apiq/infra/awstest/dynamodb"
	"github.com/apiq/apiq/shared/blob/s3"
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
