package registry_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/hack/registry"
)

// content has one manifest and one blob.
type content struct{ blob []byte }

const digest = "sha256:0123456789abcdef"

func (c content) Manifest(repository, reference string) ([]byte, bool) {
	return []byte(`{"schemaVersion":2}`), repository == "library/tiny" && reference == "latest"
}

func (c content) Blob(d string) ([]byte, bool) { return c.blob, d == digest }

// answer is what a test looks at of a response.
type answer struct {
	Status int
	Header map[string]string
	Body   string
}

func TestProtocol(t *testing.T) {
	const blobPath = "/v2/library/tiny/blobs/" + digest
	cases := map[string]struct {
		reason string
		method string
		path   string
		ranged string
		want   answer
	}{
		"Ping": {
			reason: "clients ask this to learn that a registry is there",
			path:   "/v2/",
			want:   answer{Status: 200},
		},
		"Manifest": {
			path: "/v2/library/tiny/manifests/latest",
			want: answer{Status: 200, Body: `{"schemaVersion":2}`, Header: map[string]string{
				"Content-Type": "application/vnd.docker.distribution.manifest.v2+json", "Content-Length": "19",
			}},
		},
		"ManifestHead": {
			reason: "HEAD gives the length and no body",
			method: http.MethodHead,
			path:   "/v2/library/tiny/manifests/latest",
			want:   answer{Status: 200, Header: map[string]string{"Content-Length": "19"}},
		},
		"ManifestUnknown": {
			path: "/v2/library/nosuch/manifests/latest",
			want: answer{Status: 404, Body: `{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}` + "\n"},
		},
		"BlobHead": {
			reason: "Ollama learns the size of a blob from HEAD",
			method: http.MethodHead,
			path:   blobPath,
			want:   answer{Status: 200, Header: map[string]string{"Content-Length": "10", "Docker-Content-Digest": digest}},
		},
		"Blob": {
			reason: "without Location Ollama does not fetch a blob",
			path:   blobPath,
			want:   answer{Status: 200, Body: "0123456789", Header: map[string]string{"Location": blobPath}},
		},
		"BlobRange": {
			reason: "the bytes themselves are always fetched by range",
			path:   blobPath,
			ranged: "bytes=2-4",
			want: answer{Status: 206, Body: "234", Header: map[string]string{
				"Content-Range": "bytes 2-4/10", "Location": "",
			}},
		},
		"BlobRangeBeyond": {
			path: blobPath, ranged: "bytes=90-",
			want: answer{Status: 416, Body: "invalid range: failed to overlap\n"},
		},
		"BlobUnknown": {
			path: "/v2/library/tiny/blobs/sha256:ffff",
			want: answer{Status: 404, Body: `{"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown to registry"}]}` + "\n"},
		},
		"OtherPath": {
			path: "/v2/library/tiny/tags/list",
			want: answer{Status: 404, Body: `{"errors":[{"code":"NAME_UNKNOWN","message":"no such resource"}]}` + "\n"},
		},
		"Push": {
			reason: "nothing can be changed",
			method: http.MethodPut,
			path:   "/v2/library/tiny/manifests/latest",
			want: answer{
				Status: 405, Header: map[string]string{"Allow": "GET, HEAD"},
				Body: `{"errors":[{"code":"UNSUPPORTED","message":"this registry is read-only"}]}` + "\n",
			},
		},
	}
	server := serve(t, registry.Faults{})
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := ask(t, server, tc.method, tc.path, tc.ranged, tc.want.Header)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func TestErrorBodyIsJSON(t *testing.T) {
	got := ask(t, serve(t, registry.Faults{}), http.MethodGet, "/v2/a/b/manifests/c", "", map[string]string{"Content-Type": ""})
	if got.Header["Content-Type"] != "application/json" || !json.Valid([]byte(got.Body)) {
		t.Errorf("got %q of type %q, want JSON", got.Body, got.Header["Content-Type"])
	}
}

func TestFaults(t *testing.T) {
	const path = "/v2/library/tiny/blobs/" + digest
	t.Run("Status", func(t *testing.T) {
		server := serve(t, registry.Faults{Status: 503})
		if got := ask(t, server, http.MethodGet, path, "", nil); got.Status != 503 {
			t.Errorf("GET gave %d, want 503", got.Status)
		}
		if got := ask(t, server, http.MethodHead, path, "", nil); got.Status != 200 {
			t.Errorf("HEAD gave %d, want 200: only the download fails", got.Status)
		}
	})
	t.Run("Corrupt", func(t *testing.T) {
		got := ask(t, serve(t, registry.Faults{Corrupt: true}), http.MethodGet, path, "", nil)
		if got.Body != "1123456789" {
			t.Errorf("got %q, want the first byte changed and only that", got.Body)
		}
	})
	t.Run("Cut", func(t *testing.T) {
		response := do(t, serve(t, registry.Faults{Cut: 4}), http.MethodGet, path, "")
		defer func() { _ = response.Body.Close() }()
		got, err := io.ReadAll(response.Body)
		if string(got) != "0123" || err == nil {
			t.Errorf("got %q and error %v, want 4 bytes and then a broken connection", got, err)
		}
	})
	t.Run("Rate", func(t *testing.T) {
		start := time.Now()
		got := ask(t, serve(t, registry.Faults{Rate: 100}), http.MethodGet, path, "", nil)
		// Five pieces of 20 ms each; the last byte arrives before the last pause.
		if got.Body != "0123456789" || time.Since(start) < 80*time.Millisecond {
			t.Errorf("got %q after %v, want all 10 bytes after 80 ms", got.Body, time.Since(start))
		}
	})
}

func serve(t *testing.T, faults registry.Faults) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(registry.New(content{blob: []byte("0123456789")}, faults))
	t.Cleanup(server.Close)
	return server
}

// ask sends a request and returns what came back, of the header only the fields
// in fields, absent ones as "".
func ask(t *testing.T, server *httptest.Server, method, path, ranged string, fields map[string]string) answer {
	t.Helper()
	response := do(t, server, method, path, ranged)
	defer func() { _ = response.Body.Close() }()
	var body bytes.Buffer
	if _, err := body.ReadFrom(response.Body); err != nil {
		t.Fatal(err)
	}
	got := answer{Status: response.StatusCode, Body: body.String()}
	for name := range fields {
		if got.Header == nil {
			got.Header = map[string]string{}
		}
		got.Header[name] = strings.Join(response.Header[http.CanonicalHeaderKey(name)], ", ")
	}
	return got
}

func do(t *testing.T, server *httptest.Server, method, path, ranged string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if ranged != "" {
		request.Header.Set("Range", ranged)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

// FuzzServe asks for arbitrary paths: each gets a defined answer.
func FuzzServe(f *testing.F) {
	for _, path := range []string{"/v2/", "/v2/library/tiny/manifests/latest", "/v2/library/tiny/blobs/" + digest, "/v2///", "/v2/../x"} {
		f.Add(path, "bytes=0-1")
	}
	handler := registry.New(content{blob: []byte("0123456789")}, registry.Faults{})
	f.Fuzz(func(t *testing.T, path, ranged string) {
		recorder := httptest.NewRecorder()
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		request.URL.Path = path
		request.Header.Set("Range", ranged)
		handler.ServeHTTP(recorder, request)
		switch recorder.Code {
		case http.StatusOK, http.StatusPartialContent, http.StatusNotFound, http.StatusRequestedRangeNotSatisfiable:
		default:
			t.Errorf("GET %q with range %q gave %d", path, ranged, recorder.Code)
		}
	})
}
