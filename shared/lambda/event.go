package lambda

// request is an HTTP API event, payload format 2.0 (API Gateway developer guide,
// "Lambda integrations"): what of it is needed.
type request struct {
	Version        string            `json:"version"`
	RawPath        string            `json:"rawPath"`
	RawQueryString string            `json:"rawQueryString"`
	Cookies        []string          `json:"cookies"`
	Headers        map[string]string `json:"headers"`
	Body           string            `json:"body"`
	IsBase64       bool              `json:"isBase64Encoded"`
	Context        struct {
		Stage      string `json:"stage"`
		DomainName string `json:"domainName"`
		HTTP       struct {
			Method   string `json:"method"`
			SourceIP string `json:"sourceIp"`
			Protocol string `json:"protocol"`
		} `json:"http"`
	} `json:"requestContext"`
}

// response is the answer in the same format. A header has one value here; cookies
// have a field of their own.
type response struct {
	StatusCode int               `json:"statusCode"`
	Headers    map[string]string `json:"headers"`
	Cookies    []string          `json:"cookies,omitempty"`
	Body       string            `json:"body"`
	IsBase64   bool              `json:"isBase64Encoded"`
}
