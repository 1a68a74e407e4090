package files

import "testing"

func TestLocalOllama(t *testing.T) {
	cases := map[string]string{
		"":                      "http://127.0.0.1:11434",
		"0.0.0.0":               "http://127.0.0.1:11434",
		"0.0.0.0:8080":          "http://127.0.0.1:8080",
		"gpu.lan":               "http://gpu.lan:11434",
		"gpu.lan:1234":          "http://gpu.lan:1234",
		"http://gpu.lan":        "http://gpu.lan:80",
		"https://gpu.lan/path/": "https://gpu.lan:443",
		"https://gpu.lan:8443":  "https://gpu.lan:8443",
		"[::1]:11435":           "http://[::1]:11435",
		"::":                    "http://127.0.0.1:11434",
		" 'gpu.lan' ":           "http://gpu.lan:11434",
	}
	for host, want := range cases {
		if got := localOllama(func(string) (string, bool) { return host, true }); got != want {
			t.Errorf("OLLAMA_HOST=%q: got %s, want %s", host, got, want)
		}
	}
}
