package undo_test

import (
	"encoding/json"
	"testing"

	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow"
	"github.com/apiq/apiq/shared/workflow/undo"
)

const document = `{"openapi":"3.0.3","info":{"title":"T","version":"1"},"paths":{
 "/shops/{shop}/pets":{"parameters":[{"name":"shop","in":"path","required":true,"schema":{"type":"string"}}],
  "post":{"operationId":"createPet","responses":{"201":{"description":"","content":{"application/json":{"schema":{"type":"object","properties":{"id":{"type":"integer"},"name":{"type":"string"}}}}}}}},
  "get":{"operationId":"listPets","responses":{"200":{"description":""}}}},
 "/shops/{shopId}/pets/{petId}":{"parameters":[{"name":"shopId","in":"path","required":true,"schema":{"type":"string"}},{"name":"petId","in":"path","required":true,"schema":{"type":"string"}}],
  "delete":{"operationId":"deletePet","responses":{"204":{"description":""}}}},
 "/keys":{"post":{"operationId":"makeKey","responses":{"200":{"description":"","content":{"application/json":{"schema":{"type":"object","properties":{"data":{"type":"object","properties":{"key-id":{"type":"string"}}}}}}}}}}},
 "/keys/{key_id}":{"delete":{"operationId":"dropKey","parameters":[{"name":"key_id","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"204":{"description":""}}}},
 "/jobs":{"post":{"operationId":"searchJobs","responses":{"200":{"description":"","content":{"application/json":{"schema":{"type":"object","properties":{"id":{"type":"string"}}}}}}}}},
 "/jobs/{id}":{"delete":{"operationId":"dropJob","parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"204":{"description":""}}}},
 "/texts":{"post":{"operationId":"makeText","responses":{"200":{"description":"","content":{"application/json":{"schema":{"type":"object","properties":{"id":{"type":"string"}}}}}}}}},
 "/texts/{id}":{"delete":{"operationId":"dropText","parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"integer"}}],"responses":{"204":{"description":""}}}},
 "/tags":{"post":{"operationId":"makeTag","responses":{"200":{"description":"","content":{"application/json":{"schema":{"type":"object","properties":{"id":{"type":"string"},"tag":{"type":"string"}}}}}}}}},
 "/tags/{tag}":{"delete":{"operationId":"dropTag","parameters":[{"name":"tag","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"204":{"description":""}}}},
 "/boxes":{"post":{"operationId":"makeBox","responses":{"200":{"description":"","content":{"application/json":{"schema":{"type":"object","properties":{"id":{"type":"string"}}}}}}}}},
 "/boxes/{id}":{"delete":{"operationId":"dropBox","parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}},{"name":"why","in":"query","required":true,"schema":{"type":"string"}}],"responses":{"204":{"description":""}}}},
 "/rooms/{id}/archive":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],"post":{"operationId":"archiveRoom","responses":{"200":{"description":""}}}},
 "/rooms/{id}/unarchive":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],"post":{"operationId":"unarchiveRoom","responses":{"200":{"description":""}}}},
 "/pins.add":{"post":{"operationId":"addPin","requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{"at":{"type":"string"},"note":{"type":"string"}}}}}},"responses":{"200":{"description":""}}}},
 "/pins.remove":{"post":{"operationId":"removePin","requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","required":["at"],"properties":{"at":{"type":"string"}}}}}},"responses":{"200":{"description":""}}}},
 "/stars/{id}":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],
  "put":{"operationId":"star","responses":{"200":{"description":""}}},"delete":{"operationId":"unstar","responses":{"200":{"description":""}}}},
 "/labels/{id}":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],
  "post":{"operationId":"addLabels","responses":{"200":{"description":""}}},"delete":{"operationId":"removeAllLabels","responses":{"200":{"description":""}}}},
 "/members/{id}":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],
  "put":{"operationId":"addOrUpdateMember","responses":{"200":{"description":""}}},"delete":{"operationId":"removeMember","responses":{"200":{"description":""}}}}
}}`

func TestFor(t *testing.T) {
	t.Parallel()
	doc, err := spec.Parse(t.Context(), []byte(document), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		operation, parameters, body string
		want                        string // "METHOD path parameters body"
	}{
		"made and deleted":               {"createPet", `{"shop":"{% $input.shop %}"}`, "", `DELETE /shops/{shopId}/pets/{petId} {"petId":"{% $response.body.id %}","shopId":"{% $input.shop %}"} `},
		"where it lies is not given":     {"createPet", `{}`, "", ""},
		"a read":                         {"listPets", `{"shop":"s"}`, "", ""},
		"inside the answer":              {"makeKey", `{}`, "", "DELETE /keys/{key_id} {\"key_id\":\"{% $response.body.data.`key-id` %}\"} "},
		"no making":                      {"searchJobs", `{}`, "", ""},
		"text is no whole number":        {"makeText", `{}`, "", ""},
		"two fields may be meant":        {"makeTag", `{}`, "", ""},
		"more is asked for":              {"makeBox", `{}`, "", ""},
		"its opposite beside it":         {"archiveRoom", `{"id":"7"}`, "", `POST /rooms/{id}/unarchive {"id":"7"} `},
		"and back":                       {"unarchiveRoom", `{"id":"7"}`, "", `POST /rooms/{id}/archive {"id":"7"} `},
		"with a body":                    {"addPin", `{}`, `{"at":"{% $input.at %}","note":"n"}`, `POST /pins.remove {} {"at":"{% $input.at %}"}`},
		"with a body that is not known":  {"addPin", `{}`, `"{% $input %}"`, ""},
		"with a body that lacks a field": {"addPin", `{}`, `{"note":"n"}`, ""},
		"PUT and DELETE":                 {"star", `{"id":"7"}`, "", `DELETE /stars/{id} {"id":"7"} `},
		"reaches for all":                {"addLabels", `{"id":"7"}`, "", ""},
		"may have been there":            {"addOrUpdateMember", `{"id":"7"}`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op, err := doc.Operation(c.operation)
			if err != nil {
				t.Fatal(err)
			}
			s := &workflow.Step{ID: "s", Body: json.RawMessage(c.body)}
			if err := json.Unmarshal([]byte(c.parameters), &s.Parameters); err != nil {
				t.Fatal(err)
			}
			got := ""
			if o, ok := undo.For(doc, op, s); ok {
				parameters, err := json.Marshal(o.Parameters)
				if err != nil {
					t.Fatal(err)
				}
				got = o.Method + " " + o.Path + " " + string(parameters) + " " + string(o.Body)
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
