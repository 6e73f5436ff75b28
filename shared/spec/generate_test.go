package spec

import (
	"bytes"
	"fmt"
	"strings"
)

// generateYAML makes a document of n operations over made-up resources, about
// size bytes of block style as vendors write it: descriptions in block scalars,
// parameters and errors by reference, a schema for each answer.
func generateYAML(n, size int) []byte {
	const each = 5
	nouns := strings.Fields("account invoice customer order shipment ticket message channel project issue branch release payment refund subscription plan webhook report user team role device sensor session article comment tag file folder event calendar contact lead campaign survey product price coupon cart")
	verbs := [each][2]string{{"get", "Retrieve"}, {"post", "Create"}, {"put", "Replace"}, {"patch", "Update"}, {"delete", "Delete"}}
	var b bytes.Buffer
	b.Grow(size + size/8)
	b.WriteString("openapi: 3.0.3\ninfo:\n  title: Generated\n  version: '1'\nservers:\n- url: https://api.example.com/v1\npaths:\n")
	properties := max(1, (size/n-1100)*each/210)
	for i := 0; i < n; i += each {
		noun, owner := nouns[i/each%len(nouns)], nouns[i/each/len(nouns)%len(nouns)]
		fmt.Fprintf(&b, "  /%ss/{id}/%ss/%d:\n    parameters:\n    - $ref: '#/components/parameters/Id'\n", owner, noun, i)
		for j := 0; j < each && i+j < n; j++ {
			verb, word := verbs[j][0], verbs[j][1]
			fmt.Fprintf(&b, `    %s:
      operationId: %s_%s_%d
      tags: [%s]
      summary: %s a %s of the %s
      description: |-
        %s one %s that belongs to a given %s, with all of its details and its history.

        The answer holds what the caller may see; see the guide: it says more.
      parameters:
      - name: page_size
        in: query
        required: false
        schema:
          type: integer
          minimum: 1
          maximum: 100
      - name: expand
        in: query
        schema:
          type: array
          items:
            type: string
            enum: [history, owner, 'lines']
      responses:
        '200':
          description: The %s.
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/%s%d'
        default:
          description: "An error: its code and its text."
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/Error'
`, verb, strings.ToLower(word), noun, i+j, noun, word, noun, owner, word, noun, owner, noun, noun, i)
		}
	}
	b.WriteString("components:\n  parameters:\n    Id:\n      name: id\n      in: path\n      required: true\n      schema: {type: string, format: uuid}\n  schemas:\n    Error:\n      type: object\n      properties:\n        code: {type: string}\n        message: {type: string}\n")
	for i := 0; i < n; i += each {
		fmt.Fprintf(&b, "    %s%d:\n      type: object\n      required:\n      - id\n      - field_0\n      properties:\n        id:\n          type: string\n", nouns[i/each%len(nouns)], i)
		for j := range properties {
			fmt.Fprintf(&b, "        field_%d:\n          description: >-\n            What the %s holds in this place, as it was last written,\n            or nothing where it never was.\n          type: string\n          nullable: true\n          example: value %d\n", j, nouns[j%len(nouns)], j)
		}
	}
	return b.Bytes()
}
