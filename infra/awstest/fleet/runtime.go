package fleet

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"syscall"
)

// maxPayload is Lambda's quota for a payload and an answer, in bytes.
const maxPayload = 6_291_556

// runtimeAPI answers what the processes ask (Lambda developer guide, "Using the
// Lambda runtime API"). The first segment of a path tells which process asks.
func (f *Fleet) runtimeAPI() http.Handler {
	mux := http.NewServeMux()
	const root = "/{token}/2018-06-01/runtime"
	mux.HandleFunc("GET "+root+"/invocation/next", f.nextJob)
	mux.HandleFunc("POST "+root+"/invocation/{id}/response", func(w http.ResponseWriter, r *http.Request) {
		f.answer(w, r, func(body []byte) outcome { return outcome{body: body} })
	})
	mux.HandleFunc("POST "+root+"/invocation/{id}/error", func(w http.ResponseWriter, r *http.Request) {
		f.answer(w, r, func(body []byte) outcome {
			fault := &Fault{}
			if json.Unmarshal(body, fault) != nil || fault.Type == "" {
				fault = &Fault{Type: "Runtime.Unknown", Message: string(body)}
			}
			return outcome{err: fault}
		})
	})
	mux.HandleFunc("POST "+root+"/init/error", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(f.o.Output, io.LimitReader(r.Body, maxPayload))
		w.WriteHeader(http.StatusAccepted)
	})
	return mux
}

func (f *Fleet) process(r *http.Request) *process {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.all[r.PathValue("token")]
}

// nextJob holds the question until there is work. Between two jobs the process is
// stopped: Lambda freezes an environment that has answered.
func (f *Fleet) nextJob(w http.ResponseWriter, r *http.Request) {
	p := f.process(r)
	if p == nil {
		http.Error(w, "gone", http.StatusGone)
		return
	}
	first := false
	p.once.Do(func() { first = true; close(p.asked) })
	if !first && !p.busy() {
		p.signal(syscall.SIGSTOP)
		// A job that came in between has sent its SIGCONT already.
		if p.busy() {
			p.signal(syscall.SIGCONT)
		}
	}
	select {
	case <-r.Context().Done():
	case <-p.exited:
	case j := <-p.jobs:
		h := w.Header()
		h.Set("Lambda-Runtime-Aws-Request-Id", j.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(j.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:000000000000:function:"+p.function)
		h.Set("Content-Type", "application/json")
		_, _ = w.Write(j.payload)
	}
}

func (f *Fleet) answer(w http.ResponseWriter, r *http.Request, of func([]byte) outcome) {
	p := f.process(r)
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPayload+1))
	if p == nil || err != nil {
		http.Error(w, "gone", http.StatusGone)
		return
	}
	p.mu.Lock()
	j := p.current
	p.mu.Unlock()
	if j == nil || j.id != r.PathValue("id") {
		http.Error(w, "no such invocation", http.StatusBadRequest)
		return
	}
	out := of(body)
	if len(body) > maxPayload {
		out = outcome{err: &Fault{Type: "Function.ResponseSizeTooLarge", Message: "Response payload size exceeded maximum allowed payload size (6291556 bytes)."}}
	}
	// It has nothing to do from now on: its next question, which may come before the
	// invocation has taken the answer, stops it.
	p.mu.Lock()
	p.current = nil
	p.mu.Unlock()
	select {
	case j.done <- out:
	default: // a second answer counts for nothing
	}
	w.WriteHeader(http.StatusAccepted)
}
