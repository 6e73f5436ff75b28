package twin_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/twin"
)

// TestTextJSON: text/json is JSON, in what is sent and in what is answered.
func TestTextJSON(t *testing.T) {
	t.Parallel()
	const thing = `"content":{"text/json":{"schema":{"type":"object","required":["name"],"properties":{"id":{"type":"string"},"name":{"type":"string"}}}}}`
	doc, err := spec.Parse(context.Background(), []byte(`{"openapi":"3.0.3","info":{"title":"T","version":"1"},"paths":{
	 "/things":{"post":{"operationId":"make","requestBody":{`+thing+`},"responses":{"201":{"description":"",`+thing+`}}}},
	 "/things/{id}":{"get":{"operationId":"get","parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"200":{"description":"",`+thing+`}}}}}}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	tw, err := twin.New(doc, nil)
	if err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequest(http.MethodPost, "/things", strings.NewReader(`{"name":"lamp"}`))
	req.Header.Set("Content-Type", "text/json")
	w := httptest.NewRecorder()
	tw.ServeHTTP(w, req)
	if w.Code != http.StatusCreated || w.Header().Get("Content-Type") != "text/json" || !strings.Contains(w.Body.String(), `"name":"lamp"`) {
		t.Errorf("%d %s %s", w.Code, w.Header(), w.Body)
	}
}
