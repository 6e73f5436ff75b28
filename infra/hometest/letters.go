package hometest

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

// testLetters: what people write in any script comes back letter for letter, by
// whichever way.
func testLetters(t *testing.T, h *house) {
	const text = "Größe 日本語 \U0001F469\u200d\U0001F52C é e\u0301 \u202e\"\\/\t<&'>"
	const name = "Jürgen 日本語 \U0001F469\u200d\U0001F52C"
	p := Nobody(t, h).joinAs(name, newEmail("letters"), "")
	var me struct{ User struct{ Name string } }
	if p.Must(200, "GET", "/api/auth/me", nil).Into(t, &me); me.User.Name != name {
		t.Errorf("the person is called %q", me.User.Name)
	}
	con := p.Connect("日本 "+"Läden & Söhne", newEcho(t))
	if got := p.connectionOf(con).Name; got != "日本 Läden & Söhne" {
		t.Errorf("the connection is called %q", got)
	}
	flow := p.Save(Obj{"name": "\U0001F469\u200d\U0001F52C", "steps": []any{
		Obj{"id": "ask", "type": "approval", "message": text},
		CallStep("say", con, "say", "body", Obj{"text": "{% $input.`größe` %}"}, "output", "{% $parse($response.body.body).text %}")}, "output": Obj{"größe": "{% $say %}"}})
	run := p.Start(flow, Obj{"größe": text})
	if e := p.Wait(run, "WAITING"); e.Steps[0].Message != text {
		t.Fatalf("%s %+v %q", e.Status, e.Error, e.Steps[0].Message)
	}
	p.decide(run, "ask", Obj{"decision": "approve", "comment": text})
	e := p.Wait(run)
	var in, out map[string]string
	if json.Unmarshal(e.Input, &in) != nil || json.Unmarshal(e.Output, &out) != nil || in["größe"] != text || out["größe"] != text {
		t.Errorf("%s %+v: %s became %s", e.Status, e.Error, e.Input, e.Output)
	}
	// A text that JSON writes with escapes only is the same text.
	escaped := `{"name":"\u0047r\u00f6\u00dfe \ud83d\udc69","definition":{"apiq":"1","name":"W","steps":[{"id":"v","type":"transform","value":"\u65e5"}]}}`
	var saved struct{ ID, Name string }
	p.Must(201, "POST", "/api/workflows", escaped).Into(t, &saved)
	if saved.Name != "Größe \U0001F469" {
		t.Errorf("escapes became %q", saved.Name)
	}
	found := items(t, p.Must(200, "GET", "/api/logs?limit=100&q="+url.QueryEscape("日本 Läden"), nil))
	if len(found) == 0 || !strings.Contains(found[0], "日本 Läden") {
		t.Errorf("the trail has %s", found)
	}
}
