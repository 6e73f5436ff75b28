package hometest

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/workflow/patch"
)

// testDrift: an upstream renames a field, asks for a new one and renames an
// operation. A refresh names the workflow, the steps and the places that break,
// and what it proposes makes the workflow fit again, once a person takes it.
func testDrift(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop, src := NewShop(t), newTagged(t, ShopDocument())
	var c connection
	p.Must(201, "POST", "/api/apis", Obj{"name": "Shop", "specUrl": src.URL, "baseUrl": shop.URL, "authType": "NONE"}).Into(t, &c)
	type stored struct {
		ID            string
		Version       int64
		LatestVersion int64
		Status        string
		Definition    json.RawMessage
	}
	var flow, sound stored
	p.Must(201, "POST", "/api/workflows", Obj{"status": "ACTIVE", "definition": document(Obj{"name": "Orders",
		"steps": []any{OrderStep("buy", c.ID, "a"), ValueStep("made", Obj{"of": "{% $buy.id %}"})}})}).Into(t, &flow)
	p.Must(201, "POST", "/api/workflows", Obj{"status": "ACTIVE", "definition": document(Obj{"name": "Items",
		"steps": []any{CallStep("list", c.ID, "listItems")}})}).Into(t, &sound)

	next := strings.NewReplacer(`"createOrder"`, `"placeOrder"`).Replace(ShopDocument())
	var doc Obj
	if err := json.Unmarshal([]byte(next), &doc); err != nil {
		t.Fatal(err)
	}
	post := doc["paths"].(Obj)["/orders"].(Obj)["post"].(Obj)
	body := post["requestBody"].(Obj)["content"].(Obj)["application/json"].(Obj)["schema"].(Obj)
	fields := body["properties"].(Obj)
	fields["itemId"] = fields["item"]
	delete(fields, "item")
	fields["channel"] = Obj{"type": "string", "default": "web"}
	body["required"], body["additionalProperties"] = []any{"itemId", "channel"}, false
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	src.set(string(raw), `"v2"`)

	var got struct {
		Changed         bool
		BreakingCount   int
		Breaking        []struct{ Operation, Code, Path string }
		BrokenWorkflows []struct {
			ID, Name string
			Version  int64
			Steps    []struct{ Step, Field, Path, Message string }
			Patch    []patch.Op
			Why      []string
			Mended   bool
		}
	}
	p.Must(200, "POST", "/api/apis/"+c.ID+"/refresh", nil).Into(t, &got)
	if !got.Changed || got.BreakingCount == 0 || len(got.BrokenWorkflows) != 1 {
		t.Fatalf("%+v", got)
	}
	broken := got.BrokenWorkflows[0]
	if broken.ID != flow.ID || broken.Name != "Orders" || broken.Version != flow.Version || len(broken.Steps) == 0 || broken.Steps[0].Step != "buy" || broken.Steps[0].Field != "operation" {
		t.Errorf("broken: %+v", broken)
	}
	if !broken.Mended || len(broken.Patch) != 3 || len(broken.Why) != 3 {
		t.Fatalf("proposed: %+v", broken)
	}
	type record struct {
		Action  string
		Details json.RawMessage
	}
	var trail []record
	p.Must(200, "GET", "/api/logs?limit=20", nil).Into(t, &trail)
	if !slices.ContainsFunc(trail, func(r record) bool {
		return r.Action == "connection.refresh" && strings.Contains(string(r.Details), flow.ID+" buy operation")
	}) {
		t.Error("the trail does not name the broken step")
	}

	// Nothing was changed by the proposal: the run is refused until a person takes it.
	var now stored
	p.Must(200, "GET", "/api/workflows/"+flow.ID, nil).Into(t, &now)
	if now.Version != flow.Version || string(now.Definition) != string(flow.Definition) {
		t.Errorf("the workflow was changed: %+v", now)
	}
	p.Refused(apierr.WorkflowInvalid, "POST", "/api/workflows/"+flow.ID+"/execute", Obj{})
	patched, err := patch.Apply(now.Definition, broken.Patch)
	if err != nil {
		t.Fatal(err)
	}
	p.Must(200, "PUT", "/api/workflows/"+flow.ID, Obj{"definition": patched}, "If-Match", strconv.FormatInt(broken.Version, 10)).Into(t, &now)
	if now.Version == flow.Version || !strings.Contains(string(patched), `"itemId":"a"`) || !strings.Contains(string(patched), `"channel":"web"`) {
		t.Errorf("version %d: %s", now.Version, patched)
	}
	p.Must(202, "POST", "/api/workflows/"+flow.ID+"/execute", Obj{})
	p.Must(200, "POST", "/api/apis/"+c.ID+"/refresh", nil).Into(t, &got)
	if got.Changed || len(got.BrokenWorkflows) != 0 {
		t.Errorf("a second look: %+v", got)
	}
}
