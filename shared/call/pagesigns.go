package call

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/expr"
)

// linkNext finds rel="next" among Link header fields.
func linkNext(fields []string) (string, bool) {
	rest := strings.Join(fields, ",")
	for {
		open := strings.IndexByte(rest, '<')
		end := strings.IndexByte(rest, '>')
		if open < 0 || end < open {
			return "", false
		}
		target := rest[open+1 : end]
		rest = rest[end+1:]
		params := rest
		if i := strings.IndexByte(rest, '<'); i >= 0 {
			params = rest[:i]
		}
		for p := range strings.SplitSeq(params, ";") {
			name, value, _ := strings.Cut(strings.Trim(strings.TrimSpace(p), ","), "=")
			if strings.EqualFold(strings.TrimSpace(name), "rel") &&
				slices.Contains(strings.Fields(strings.ToLower(strings.Trim(strings.TrimSpace(value), `",`))), "next") {
				return target, true
			}
		}
	}
}

// bodyLink looks where APIs put a link to the next page.
func bodyLink(body any) (string, bool) {
	for _, path := range linkPaths() {
		if s, ok := textAt(body, path); ok && (strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "/") || strings.HasPrefix(s, "?")) {
			return s, true
		}
	}
	return "", false
}

// bodyCursor looks where APIs put the cursor of the next page.
func bodyCursor(body any) (string, bool) {
	for _, path := range cursorPaths() {
		if path == "offset" { // Airtable's is a text; a number is where this page began
			if v, ok := expr.Field(body, "offset"); ok {
				if s, isText := v.(string); isText && s != "" {
					return s, true
				}
			}
			continue
		}
		if s, ok := textAt(body, path); ok {
			return s, true
		}
	}
	return "", false
}

func linkPaths() []string {
	return []string{"next", "next_page_url", "next_url", "nextPageUrl", "nextLink", "@odata.nextLink", "odata.nextLink", "next_page_uri", "next_page",
		"links.next", "links.next.href", "_links.next", "_links.next.href", "paging.next", "pagination.next", "pagination.next_url",
		"pagination.links.next", "meta.next", "meta.links.next", "info.next", "page.next", "navigation.next"}
}

func cursorPaths() []string {
	return []string{"next_cursor", "nextCursor", "next_page_token", "nextPageToken", "next_token", "nextToken", "NextToken",
		"response_metadata.next_cursor", "meta.next_cursor", "meta.nextCursor", "meta.next_token", "paging.cursors.after", "paging.next.after",
		"pagination.next_cursor", "pagination.nextCursor", "pagination.cursor", "page.nextCursor", "page_info.end_cursor", "pageInfo.endCursor",
		"continuationToken", "continuation_token", "nextContinuationToken", "next_page_key", "cursor.next", "cursors.after", "offset", "next_offset", "nextOffset"}
}

// saysLast tells a body that has a place for the next page with nothing in it.
func saysLast(body any) bool {
	for _, path := range slices.Concat(linkPaths(), cursorPaths()) {
		if v := at(body, path); v != nil && (expr.IsNull(v) || v == "") {
			return true
		}
	}
	return false
}

func cursorNames() []string {
	return []string{"cursor", "page_token", "pageToken", "next_token", "nextToken", "NextToken", "start_cursor", "startCursor", "after", "page[after]", "page[cursor]",
		"continuation_token", "continuationToken", "continuation-token", "next_cursor", "nextCursor", "starting_after", "pagination_token", "token", "offset", "page_key", "page"}
}

func hasMore(body any) (more, said bool) {
	for _, path := range []string{"has_more", "hasMore", "has_next", "hasNext", "has_next_page", "hasNextPage", "more", "pagination.has_more", "pagination.hasMore",
		"meta.has_more", "page_info.has_next_page", "pageInfo.hasNextPage"} {
		if b, ok := at(body, path).(bool); ok {
			return b, true
		}
	}
	return false, false
}

// at reads a dotted path; a key that holds dots itself comes first.
func at(v any, path string) any {
	if x, ok := expr.Field(v, path); ok {
		return x
	}
	for name := range strings.SplitSeq(path, ".") {
		x, ok := expr.Field(v, name)
		if !ok {
			return nil
		}
		v = x
	}
	return v
}

func textAt(v any, path string) (string, bool) {
	switch x := at(v, path).(type) {
	case string:
		return x, x != ""
	case json.Number:
		return x.String(), true
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64), true
	}
	return "", false
}

func totalOf(body any) (int, bool) {
	return intAt(body, "total", "total_count", "totalCount", "totalResults", "count", "meta.total", "pagination.total", "paging.total")
}

func intAt(body any, paths ...string) (int, bool) {
	for _, path := range paths {
		switch x := at(body, path).(type) {
		case float64:
			return int(x), true
		case json.Number:
			if n, err := x.Int64(); err == nil {
				return int(n), true
			}
		}
	}
	return 0, false
}
