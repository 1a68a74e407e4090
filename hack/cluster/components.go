package cluster

import (
	"github.com/fairlead-dev/fairlead/hack/cluster/spec"
)

// The network of the cluster. It exists only inside the box, so that it collides with nothing. The same values are in the files of the
// folder config.
const (
	nodeName    = "fairlead"
	nodeIP      = "172.30.0.1"
	serviceCIDR = "10.96.0.0/16"
	serviceIP   = "10.96.0.1"
	podCIDR     = "10.244.0.0/24"

	// mount is where processes in the box find the state directory.
	mount = "/run/fairlead"
	// ready answers when the API server does, and has made the roles that the components need.
	ready = "https://" + nodeIP + ":6443/readyz"
	// containerdSocket is the same path as in config/containerd.toml.
	containerdSocket = "/run/containerd/containerd.sock"
)

// box describes the machine that the cluster runs on.
func box(state string, controlPlaneOnly bool) spec.Box {
	processes := controlPlane()
	if !controlPlaneOnly {
		processes = append(processes, node()...)
	}
	return spec.Box{
		Name:    nodeName,
		State:   state,
		Mount:   mount,
		Address: nodeIP + "/24",
		// What is sent to a Service is rewritten by kube-proxy's rules, but only after a route was found for it.
		Routes:  []string{serviceCIDR},
		Forward: nodeIP + ":6443",
		// The kubelet sets these (k8s.io/component-helpers/node/util/sysctl) and kernel-wide they are none of its business.
		Kernel: map[string]string{
			"vm/overcommit_memory":      "1",
			"vm/panic_on_oom":           "0",
			"kernel/panic":              "10",
			"kernel/panic_on_oops":      "1",
			"kernel/keys/root_maxkeys":  "1000000",
			"kernel/keys/root_maxbytes": "25000000",
		},
		Authority: certificate("ca"),
		Path:      mount + "/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		Processes: processes,
	}
}

// controlPlane returns the processes that keep and change the state of the cluster.
func controlPlane() []spec.Process {
	return []spec.Process{
		{Name: "etcd", Arguments: []string{
			"--name=" + nodeName,
			"--data-dir=" + mount + "/etcd",
			"--listen-client-urls=http://127.0.0.1:2379",
			"--advertise-client-urls=http://127.0.0.1:2379",
			"--listen-peer-urls=http://127.0.0.1:2380",
			"--initial-advertise-peer-urls=http://127.0.0.1:2380",
			"--initial-cluster=" + nodeName + "=http://127.0.0.1:2380",
			"--unsafe-no-fsync", // a cluster to try things in may be lost with the machine
			"--log-level=warn",
		}},
		{Name: "kube-apiserver", After: "tcp:127.0.0.1:2379", Arguments: apiServer()},
		{Name: "kube-controller-manager", After: ready, Arguments: append(withKubeconfig("kube-controller-manager"),
			"--bind-address=127.0.0.1",
			"--cluster-cidr="+podCIDR,
			"--cluster-signing-cert-file="+certificate("ca"),
			"--cluster-signing-key-file="+key("ca"),
			"--controllers=*",
			"--leader-elect=false",
			"--root-ca-file="+certificate("ca"),
			"--service-account-private-key-file="+key("service-accounts"),
			"--use-service-account-credentials",
		)},
		{Name: "kube-scheduler", After: ready, Arguments: append(withKubeconfig("kube-scheduler"),
			"--bind-address=127.0.0.1",
			"--leader-elect=false",
		)},
	}
}

func apiServer() []string {
	return []string{
		"--advertise-address=" + nodeIP,
		"--bind-address=0.0.0.0",
		"--secure-port=6443",
		"--allow-privileged",
		"--audit-log-path=" + mount + "/log/" + auditLog,
		"--audit-log-maxbackup=1",
		"--audit-log-maxsize=100",
		"--audit-policy-file=" + mount + "/config/audit.yaml",
		"--authorization-mode=Node,RBAC",
		"--client-ca-file=" + certificate("ca"),
		"--enable-admission-plugins=NodeRestriction",
		"--etcd-servers=http://127.0.0.1:2379",
		"--kubelet-certificate-authority=" + certificate("ca"),
		"--kubelet-client-certificate=" + certificate("kube-apiserver-kubelet-client"),
		"--kubelet-client-key=" + key("kube-apiserver-kubelet-client"),
		"--kubelet-preferred-address-types=InternalIP",
		"--proxy-client-cert-file=" + certificate("front-proxy-client"),
		"--proxy-client-key-file=" + key("front-proxy-client"),
		"--requestheader-allowed-names=front-proxy-client",
		"--requestheader-client-ca-file=" + certificate("front-proxy-ca"),
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-username-headers=X-Remote-User",
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file=" + mount + "/pki/service-accounts.pub",
		"--service-account-signing-key-file=" + key("service-accounts"),
		"--service-cluster-ip-range=" + serviceCIDR,
		"--tls-cert-file=" + certificate("kube-apiserver"),
		"--tls-private-key-file=" + key("kube-apiserver"),
	}
}

// node returns the processes that run Pods.
func node() []spec.Process {
	return []spec.Process{
		{Name: "containerd", Arguments: []string{"--config=" + mount + "/config/containerd.toml"}},
		{Name: "kubelet", After: "unix:" + containerdSocket, Arguments: []string{
			"--config=" + mount + "/config/kubelet.yaml",
			"--kubeconfig=" + kubeconfig("kubelet"),
			"--hostname-override=" + nodeName,
			"--node-ip=" + nodeIP,
			"--root-dir=" + mount + "/kubelet",
			"--cert-dir=" + mount + "/kubelet/pki",
		}},
		{Name: "kube-proxy", After: ready, Arguments: []string{
			"--config=" + mount + "/config/kube-proxy.yaml",
			"--hostname-override=" + nodeName,
		}},
		{Name: "volumes", After: ready, Arguments: []string{
			"--kubeconfig=" + kubeconfig("admin"),
			"--dir=" + mount + "/volumes",
			"--node=" + nodeName,
		}},
	}
}

// withKubeconfig returns the three flags by which a component says who it is to the API server.
func withKubeconfig(name string) []string {
	path := kubeconfig(name)
	return []string{"--kubeconfig=" + path, "--authentication-kubeconfig=" + path, "--authorization-kubeconfig=" + path}
}

// Paths of the PKI as processes in the box see them.
func certificate(name string) string { return mount + "/pki/" + name + ".crt" }
func key(name string) string         { return mount + "/pki/" + name + ".key" }
func kubeconfig(name string) string  { return mount + "/pki/" + name + ".kubeconfig" }
