package egress

import "net/http"

// TransportForTest lets a test trust its server's certificate.
func (c *Client) TransportForTest() *http.Transport { return c.transport }
