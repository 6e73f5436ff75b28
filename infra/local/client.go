package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// client speaks the HTTP contract, for the demo.
type client struct {
	url     string
	http    *http.Client
	session struct {
		Token     string
		Workspace struct{ Name string }
	}
}

func newClient(url string) *client { return &client{url: url, http: &http.Client{}} }

func (c *client) get(ctx context.Context, path string, into any) error {
	return c.do(ctx, http.MethodGet, path, nil, into)
}

func (c *client) post(ctx context.Context, path string, body, into any) error {
	return c.do(ctx, http.MethodPost, path, body, into)
}

func (c *client) do(ctx context.Context, method, path string, body, into any) error {
	var sent io.Reader = http.NoBody
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, sent)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if c.session.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.session.Token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }() // read to its end below
	var answer struct {
		Data   json.RawMessage
		Code   string
		Detail string
		Errors []struct{ Path, Message string }
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return fmt.Errorf("%s %s: %s: %w", method, path, res.Status, err)
	}
	if res.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: %s: %s %v", method, path, answer.Code, answer.Detail, answer.Errors)
	}
	return json.Unmarshal(answer.Data, into)
}
