// Package sink holds the handlers of the places that records of the trail are sent to.
package sink

import (
	"context"
	"net/http"

	"github.com/apiq/apiq/shared/audit/sink"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/web"
)

// CreateIn is a new sink.
type CreateIn struct {
	Body struct {
		Type            string        `json:"type" enum:"webhook,s3"`
		URL             secret.Secret `json:"url,omitempty" doc:"A webhook's: where records are posted to. It may hold a token: it is kept sealed, and its host alone is shown."`
		Bucket          string        `json:"bucket,omitempty" doc:"The bucket's name, for the type s3."`
		Prefix          string        `json:"prefix,omitempty" doc:"Folders before the objects' names."`
		Region          string        `json:"region,omitempty" doc:"The bucket's region, for the type s3."`
		Endpoint        string        `json:"endpoint,omitempty" doc:"The service's address, where it is not Amazon's own."`
		RoleARN         string        `json:"roleArn,omitempty" doc:"A role of the bucket's account, to be assumed with the workspace's id as external id. On AWS only."`
		AccessKeyID     string        `json:"accessKeyId,omitempty" doc:"An access key, in place of a role."`
		SecretAccessKey secret.Secret `json:"secretAccessKey,omitempty" doc:"Its secret. It is kept sealed and never shown."`
		ObjectLockDays  int           `json:"objectLockDays,omitempty" doc:"For how long nobody can delete an object; the bucket needs Object Lock. Defaults to no lock but the bucket's own."`
		ObjectLockMode  string        `json:"objectLockMode,omitempty" enum:"GOVERNANCE,COMPLIANCE" doc:"Defaults to GOVERNANCE. Out of COMPLIANCE not even the account's root gets an object."`
		FromStart       bool          `json:"fromStart,omitempty" doc:"Send all that the trail holds, not only what is written from now on."`
	}
}

func (in *CreateIn) input() sink.Input {
	b := in.Body
	return sink.Input{Type: b.Type, URL: b.URL, FromStart: b.FromStart, SecretAccessKey: b.SecretAccessKey, Bucket: sink.Bucket{
		Name: b.Bucket, Prefix: b.Prefix, Region: b.Region, Endpoint: b.Endpoint, RoleARN: b.RoleARN, AccessKeyID: b.AccessKeyID,
		LockDays: b.ObjectLockDays, LockMode: b.ObjectLockMode,
	}}
}

// OneIn names a sink.
type OneIn struct {
	ID string `path:"id"`
}

// Endpoints binds the routes of this area.
func Endpoints(s *sink.Service) []web.Endpoint {
	return []web.Endpoint{
		web.Bind("audit-sinks-list", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[[]sink.Sink], error) {
			all, err := s.List(ctx)
			if err != nil {
				return nil, err
			}
			return web.List(all, "")
		}),
		web.Bind("audit-sinks-create", http.StatusCreated, func(ctx context.Context, in *CreateIn) (*web.Reply[sink.Made], error) {
			made, err := s.Create(ctx, in.input())
			if err != nil {
				return nil, err
			}
			return web.OK(made)
		}),
		web.Bind("audit-sinks-delete", http.StatusOK, func(ctx context.Context, in *OneIn) (*web.Reply[web.None], error) {
			if err := s.Delete(ctx, in.ID); err != nil {
				return nil, err
			}
			return web.OK(web.None{})
		}),
	}
}
