package pki

import (
	"encoding/base64"
	"fmt"
)

// Kubeconfig returns a kubeconfig that reaches the API server at a URL as the holder of a client certificate. Everything is inside the
// file, so that it may be copied.
func Kubeconfig(name, server string, authority []byte, client Pair) []byte {
	encode := base64.StdEncoding.EncodeToString
	return fmt.Appendf(nil, `apiVersion: v1
kind: Config
clusters:
- name: %[1]s
  cluster:
    server: %[2]s
    certificate-authority-data: %[3]s
users:
- name: %[1]s
  user:
    client-certificate-data: %[4]s
    client-key-data: %[5]s
contexts:
- name: %[1]s
  context:
    cluster: %[1]s
    user: %[1]s
current-context: %[1]s
`, name, server, encode(authority), encode(client.Certificate), encode(client.Key))
}
