package builtin

import (
	"strings"

	"github.com/apiq/apiq/shared/plan/catalog"
)

// intent is what a clause's verb wants done.
type intent int

const (
	intentAct intent = iota // any other verb: what it means, only the operation's own words can tell
	intentRead
	intentCreate
	intentUpdate
	intentDelete
	intentSend
)

// verbs that tell an intent. A verb in several groups has the first.
var verbGroups = []struct {
	intent intent
	words  string
}{
	{intentRead, `list show get find fetch retrieve see view display search look lookup check read tell give download query know count
recommend suggest provide obtain explore browse inspect monitor examine identify compare review verify_status learn discover pull load locate return describe track
gather collect access assess evaluate audit poll navigate choose`},
	{intentCreate, `create add new make open register book place order buy upload insert reserve purchase issue invite generate schedule
draft compose write record submit start set_up duplicate copy clone initiate lend borrow rent hire donate enter log file establish request define initialize onboard`},
	{intentUpdate, `update change edit modify rename set move mark assign put replace adjust enable disable configure patch close archive
save append enroll turn increase decrease lower raise switch restore reopen resolve complete approve reject attach lock unlock tag label publish
customize extend override transition promote rotate correct`},
	{intentDelete, `delete remove erase drop clear cancel unfollow unsubscribe revoke destroy discard detach unassign purge wipe uninstall deregister terminate`},
	{intentSend, `send notify message email text post alert reply share forward comment announce broadcast report dispatch invoice remind`},
	{intentAct, `play pause resume stop skip follow run execute trigger convert calculate compute translate validate verify authenticate log login
sign analyze analyse standardize encrypt decrypt encode decode merge sync transfer pay charge refund capture test deploy restart reboot launch
import export subscribe join leave accept decline confirm activate deactivate link connect disconnect call use integrate exchange rate vote like
unlike star block unblock follow_up scan detect recognize extract summarize predict estimate plan reset authorize simulate provision acknowledge annotate retry rerun pin unpin mute unmute void finalize transcribe render resize process
perform apply combine classify moderate sanitize censor anonymize anonymise recover redeem renew settle optimize optimise crop reverse protect expire route
score rank filter split compress scrape crawl resend resubscribe handle`},
}

var verbIntents = func() map[string]intent {
	m := map[string]intent{}
	for _, g := range verbGroups {
		for _, w := range strings.Fields(g.words) {
			if _, ok := m[w]; !ok {
				m[w] = g.intent
			}
		}
	}
	return m
}()

// verbOf gives the intent of a word if it is a known verb, in its base form or
// third person ("lists", "retrieves", "creates").
func verbOf(w string) (intent, bool) {
	if in, ok := verbIntents[w]; ok {
		return in, true
	}
	for _, cut := range []string{"s", "es"} {
		if base, ok := strings.CutSuffix(w, cut); ok && len(base) > 2 {
			if in, ok := verbIntents[base]; ok {
				return in, true
			}
		}
	}
	if base, ok := strings.CutSuffix(w, "ies"); ok {
		if in, ok := verbIntents[base+"y"]; ok {
			return in, true
		}
	}
	if base, ok := strings.CutSuffix(w, "ing"); ok && len(base) > 2 {
		for _, b := range []string{base, base + "e", base[:len(base)-1]} {
			if in, ok := verbIntents[b]; ok {
				return in, true
			}
		}
	}
	return intentAct, false
}

// nominalOf gives the intent of a noun that is made of a verb: "creation", "removal".
func nominalOf(t token) (intent, bool) {
	if base, ok := nominals[t.lower]; ok {
		return verbOf(base)
	}
	for _, end := range []string{"ion", "al", "ment"} {
		if strings.HasSuffix(t.lower, end) {
			in, ok := stemIntents[t.stem]
			return in, ok
		}
	}
	return intentAct, false
}

// nominals are the nouns of verbs with another stem.
var nominals = map[string]string{"registration": "register", "submission": "submit", "verification": "verify", "publication": "publish", "conversion": "convert",
	"subscription": "subscribe", "modification": "modify", "addition": "add", "selection": "choose", "authentication": "authenticate"}

// nounVerbs are more often nouns: they open a clause only before an object.
var nounVerbs = catalog.Words(`text order record post tag list report email message comment review label search test place book issue invoice purchase charge
transfer rate vote display view draft plan schedule import export run call return submit reply share star block match download upload query open
close switch stop link lock play log sign count scan track request reset use point value project alert lists orders records posts tags reports emails messages
comments reviews labels tests places books issues invoices purchases charges transfers rates votes displays views plans schedules imports exports
runs calls returns links logs scans tracks queries downloads uploads alerts following
access accesses audit audits poll polls route routes score scores rank ranks filter filters split splits reverse`)

// filing verbs make the thing that they are said of, where it is a new one.
var filing = catalog.Words(`open file raise report log submit start lodge enter post`)

var newThing = catalog.Words(`a an new another`)

// objectOpeners are words with which an object begins.
var objectOpeners = catalog.Words(`a an the it its them their this that these those all each every any some my our his her me us one to for new into from as
details multiple several various another both`)

// plainVerbs say no more than their intent: they weigh little in retrieval.
var plainVerbs = catalog.Words(`list show get find fetch retrieve see view display look lookup read tell give know create add new make update change edit modify
set put delete remove provide obtain return use check`)

// plainStems are the stems of plain verbs and of nouns that name no thing: they
// tell little of which operation is meant.
var plainStems = func() map[string]bool {
	m := map[string]bool{}
	for w := range plainVerbs {
		m[catalog.Stem(w)] = true
	}
	for _, w := range strings.Fields("detail information info data object item resource value user current") {
		m[catalog.Stem(w)] = true
	}
	return m
}()

// stemIntents are verbIntents by stem.
var stemIntents = func() map[string]intent {
	m := map[string]intent{}
	for _, g := range verbGroups {
		for _, w := range strings.Fields(g.words) {
			if s := catalog.Stem(w); m[s] == 0 && !nounVerbs[w] {
				m[s] = g.intent
			}
		}
	}
	return m
}()

// fit is how well a method serves an intent.
func fit(in intent, method string) float64 {
	table := map[intent][5]float64{ // GET POST PUT PATCH DELETE
		intentRead:   {1, 0.55, 0.12, 0.1, 0.05},
		intentCreate: {0.4, 1, 0.85, 0.5, 0.05},
		intentUpdate: {0.25, 0.8, 1, 1, 0.12},
		intentDelete: {0.12, 0.5, 0.5, 0.4, 1},
		intentSend:   {0.35, 1, 0.7, 0.45, 0.05},
		intentAct:    {0.75, 0.95, 0.95, 0.8, 0.5},
	}
	row := table[in]
	switch method {
	case "GET", "HEAD":
		return row[0]
	case "POST":
		return row[1]
	case "PUT":
		return row[2]
	case "PATCH":
		return row[3]
	case "DELETE":
		return row[4]
	}
	return 0.1
}

var ordinals = map[string]int{"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3, "fifth": 4, "5th": 4,
	"sixth": 5, "seventh": 6, "eighth": 7, "ninth": 8, "tenth": 9,
	"newest": 0, "latest": 0, "top": 0, "next": 0, "random": 0, "any": 0}

var lastWords = catalog.Words(`last oldest final`)

var allWords = catalog.Words(`all each every`)

var numberWords = map[string]float64{"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
	"eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "fifty": 50, "hundred": 100}

var pronouns = catalog.Words(`it its them their they that those this these one ones`)
