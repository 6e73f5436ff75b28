package rehearse_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/fixture"
	"github.com/apiq/apiq/shared/rehearse"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/workflow"
)

// shopDoc and deskDoc are two APIs: one to read of and one to write to.
const (
	shopDoc = `{"openapi":"3.0.3","info":{"title":"Shop","version":"1"},"servers":[{"url":"https://shop.example/v1"}],
"components":{"securitySchemes":{"key":{"type":"apiKey","in":"header","name":"X-Shop-Key"}},
 "schemas":{"Order":{"type":"object","required":["id","customer","total"],"properties":{"id":{"type":"string"},"customer":{"type":"string"},"total":{"type":"integer"},"note":{"type":"string"}}}}},
"security":[{"key":[]}],
"paths":{"/orders":{"get":{"operationId":"listOrders","responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"type":"array","items":{"$ref":"#/components/schemas/Order"}}}}}}}},
 "/orders/{orderId}":{"get":{"operationId":"getOrder","parameters":[{"name":"orderId","in":"path","required":true,"schema":{"type":"string"}}],
   "responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Order"}}}}}},
  "put":{"operationId":"putOrder","parameters":[{"name":"orderId","in":"path","required":true,"schema":{"type":"string"}}],
   "requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{"note":{"type":"string"}}}}}},
   "responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Order"}}}}}}}}}`
	deskDoc = `{"openapi":"3.0.3","info":{"title":"Desk","version":"1"},"servers":[{"url":"https://desk.example"}],
"components":{"schemas":{"Ticket":{"type":"object","required":["id","title"],"properties":{"id":{"type":"integer"},"title":{"type":"string"},"who":{"type":"string"}}}}},
"paths":{"/tickets":{"post":{"operationId":"createTicket","requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","required":["title"],
   "properties":{"title":{"type":"string"},"who":{"type":"string"}}}}}},
   "responses":{"201":{"description":"made","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Ticket"}}}}}}},
 "/tickets/{ticketId}":{"get":{"operationId":"getTicket","parameters":[{"name":"ticketId","in":"path","required":true,"schema":{"type":"integer"}}],
   "responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Ticket"}}}}}},
  "delete":{"operationId":"deleteTicket","parameters":[{"name":"ticketId","in":"path","required":true,"schema":{"type":"integer"}}],"responses":{"204":{"description":"gone"}}}},
 "/payments":{"post":{"operationId":"pay","parameters":[{"name":"Idempotency-Key","in":"header","schema":{"type":"string"}}],
   "requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{"amount":{"type":"integer"}}}}}},
   "responses":{"201":{"description":"paid","content":{"application/json":{"schema":{"type":"object","required":["id"],"properties":{"id":{"type":"string"}}}}}}}}}}}`
)

// apis is a check.Resolver over the two documents.
type apis struct {
	docs map[string]*spec.Document
	// base is a server that fails the test when it is asked for anything.
	base string
}

func (a apis) Connection(_ context.Context, id string) (connection.Connection, error) {
	doc, ok := a.docs[id]
	if !ok {
		return connection.Connection{}, apierr.New(apierr.NotFound, "There is no such connection.")
	}
	c := connection.Connection{ID: id, Name: doc.Info().Title, BaseURL: a.base + "/" + id, AuthType: connection.AuthNone, Status: connection.StatusActive,
		SpecHash: doc.Info().Hash, Origins: []string{a.base}}
	switch id {
	case "con_desk":
	case "con_shop":
		c.AuthType, c.Auth = connection.AuthAPIKey, connection.AuthView{In: "header", Name: "X-Shop-Key", Set: []string{"value"}}
	default:
		c.AuthType, c.Auth = connection.AuthBearer, connection.AuthView{Set: []string{"token"}}
	}
	return c, nil
}

func (a apis) Spec(_ context.Context, id string) (*spec.Document, error) { return a.docs[id], nil }

// kit is a rehearsal service with a workflow service beside it.
type kit struct {
	t       *testing.T
	ctx     context.Context
	flows   *workflow.Service
	service *rehearse.Service
	trail   *audit.Trail
	docs    map[string]*spec.Document
}

func newKit(t *testing.T, o *rehearse.Options) *kit {
	t.Helper()
	m := fixture.New(t, time.Now())
	var err error
	docs := map[string]*spec.Document{}
	for id, text := range map[string]string{"con_shop": shopDoc, "con_desk": deskDoc} {
		if docs[id], err = spec.Parse(t.Context(), []byte(text), nil); err != nil {
			t.Fatal(err)
		}
	}
	k := &kit{t: t, ctx: tenant.WithActor(tenant.With(t.Context(), "wsp_1"), tenant.Actor{ID: "usr_1"}), trail: m.Trail, docs: docs}
	k.flows = workflow.New(m.Store, m.Blobs(t), m.Trail, nil)
	if o == nil {
		o = &rehearse.Options{Time: time.Minute} // the machine may be busy
	}
	k.service = rehearse.New(k.flows, apis{docs, guard(t)}, m.Trail, o)
	return k
}

// guard is a server that no rehearsal may reach.
func guard(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a rehearsal dialled: %s %s", r.Method, r.URL)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// save stores a workflow of steps and gives its id.
func (k *kit) save(document string) string {
	k.t.Helper()
	w, err := k.flows.Create(k.ctx, workflow.Input{Definition: json.RawMessage(document)})
	if err != nil {
		k.t.Fatalf("%v: %+v", err, apierr.From(err).Problems)
	}
	return w.ID
}

func (k *kit) rehearse(document string, in rehearse.Request) rehearse.Report {
	k.t.Helper()
	r, err := k.service.Rehearse(k.ctx, k.save(document), in)
	if err != nil {
		k.t.Fatalf("%v: %+v", err, apierr.From(err).Problems)
	}
	return r
}

const mainFlow = `{"apiq":"1","name":"Big order to ticket","input":{"type":"object","required":["orderId"],"properties":{"orderId":{"type":"string","example":"A-1"}}},
"steps":[
 {"id":"order","type":"api_call","connection":"con_shop","operation":"getOrder","parameters":{"orderId":"{% $input.orderId %}"}},
 {"id":"summary","type":"transform","value":{"line":"{% 'Order of ' & $order.customer %}"}},
 {"id":"ticket","type":"api_call","connection":"con_desk","operation":"createTicket","body":{"title":"{% $summary.line %}","who":"{% $order.customer %}"}},
 {"id":"mark","type":"api_call","connection":"con_shop","operation":"putOrder","parameters":{"orderId":"{% $input.orderId %}"},"body":{"note":"done"},"onError":"continue"}],
"output":"{% {'ticket': $ticket.id} %}"}`
