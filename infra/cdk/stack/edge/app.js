// Runs at CloudFront's edge before each request for the dashboard. Paths that the
// app itself routes get the app; files keep their names, so that a missing one is
// refused and not answered with a page. Only what is under assets/ or at the root
// with an extension is a file: operation ids in the app's paths have dots too.
function handler(event) {
  var request = event.request;
  if (!/^\/assets\/|^\/[^/]+\.[a-z0-9]+$/.test(request.uri)) {
    request.uri = '/index.html';
  }
  return request;
}
