package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/fairlead-dev/fairlead/hack/cluster/pki"
)

// authority says which certificates an authority issues.
type authority struct {
	name   string
	issues map[string]pki.Request
}

// authorities returns the PKI of a cluster: the file name of each certificate and what is in it. Names and groups are those that Kubernetes
// gives meaning to (https://kubernetes.io/docs/setup/best-practices/certificates/).
func authorities() []authority {
	return []authority{
		{name: "ca", issues: map[string]pki.Request{
			"kube-apiserver": {
				Name: "kube-apiserver",
				Hosts: []string{
					"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local",
				},
				Addresses: []net.IP{net.IPv4(127, 0, 0, 1), net.ParseIP(nodeIP), net.ParseIP(serviceIP)},
			},
			"kubelet-server": {
				Name: nodeName, Hosts: []string{nodeName, "localhost"}, Addresses: []net.IP{net.IPv4(127, 0, 0, 1), net.ParseIP(nodeIP)},
			},
			"kube-apiserver-kubelet-client": {Name: "kube-apiserver-kubelet-client", Groups: []string{"system:masters"}},
			"admin":                         {Name: "kubernetes-admin", Groups: []string{"system:masters"}},
			"kube-controller-manager":       {Name: "system:kube-controller-manager"},
			"kube-scheduler":                {Name: "system:kube-scheduler"},
			"kube-proxy":                    {Name: "system:kube-proxy"},
			"kubelet":                       {Name: "system:node:" + nodeName, Groups: []string{"system:nodes"}},
		}},
		{name: "front-proxy-ca", issues: map[string]pki.Request{"front-proxy-client": {Name: "front-proxy-client"}}},
	}
}

// users are the certificates that get a kubeconfig for use inside the box.
var users = [...]string{"admin", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet"}

// writeCredentials fills the folder pki of the state directory, unless it is complete from an earlier time: a cluster that is started again
// must trust its own tokens.
func writeCredentials(state string, now time.Time) error {
	dir := filepath.Join(state, "pki")
	if _, err := os.Stat(filepath.Join(dir, "complete")); err == nil {
		return nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("looking for the credentials: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the folder of credentials: %w", err)
	}
	files, err := credentials(now)
	if err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return fmt.Errorf("writing credentials: %w", err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "complete"), nil, 0o600); err != nil {
		return fmt.Errorf("finishing the credentials: %w", err)
	}
	return nil
}

// credentials makes the content of all files of the PKI.
func credentials(now time.Time) (map[string][]byte, error) {
	files, pairs := map[string][]byte{}, map[string]pki.Pair{}
	for _, a := range authorities() {
		issuer, err := pki.NewAuthority(a.name, now)
		if err != nil {
			return nil, err
		}
		pairs[a.name] = issuer.Pair
		for name, request := range a.issues {
			if pairs[name], err = issuer.Issue(request); err != nil {
				return nil, err
			}
		}
	}
	for name, pair := range pairs {
		files[name+".crt"], files[name+".key"] = pair.Certificate, pair.Key
	}
	for _, name := range users {
		files[name+".kubeconfig"] = pki.Kubeconfig(nodeName, "https://"+nodeIP+":6443", pairs["ca"].Certificate, pairs[name])
	}
	private, public, err := pki.NewSigningKey()
	if err != nil {
		return nil, err
	}
	files["service-accounts.key"], files["service-accounts.pub"] = private, public
	return files, nil
}

// adminKubeconfig returns the kubeconfig for use on the host, where the API server is at a port of the loopback interface.
func adminKubeconfig(state string, port int) ([]byte, error) {
	var failed error
	read := func(name string) []byte {
		content, err := os.ReadFile(filepath.Join(state, "pki", name))
		failed = errors.Join(failed, err)
		return content
	}
	pair := pki.Pair{Certificate: read("admin.crt"), Key: read("admin.key")}
	authority := read("ca.crt")
	if failed != nil {
		return nil, fmt.Errorf("reading the credentials: %w", failed)
	}
	return pki.Kubeconfig(nodeName, fmt.Sprintf("https://127.0.0.1:%d", port), authority, pair), nil
}
