// Runs at CloudFront's edge before each request for the API. An HTTP API decodes the
// path once before the function sees it, so that an encoded slash could not be told
// from a slash: encoded once more, the path arrives as it was sent. The host that
// was called is told in a header of its own, because the API needs its own in Host.
function handler(event) {
  var request = event.request;
  request.uri = request.uri.replace(/%/g, '%25');
  request.headers['x-forwarded-host'] = { value: request.headers.host.value };
  return request;
}
