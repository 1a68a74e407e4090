package stack

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// Names of what config/samples makes.
const (
	Namespace = "ai"
	Gateway   = "main"
)

// Stack is the sample stack on one cluster.
type Stack struct {
	// Client of the API server.
	Client client.WithWatch
	// Config of the API server.
	Config *rest.Config
	// HTTP reaches the addresses of the cluster: names of Services and addresses of Pods.
	HTTP *http.Client
	// Namespace that the stack is in.
	Namespace string
}

// Connect returns the stack of a kubeconfig. dial reaches the addresses of the cluster.
func Connect(kubeconfig string, dial Dial) (*Stack, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig: %w", err)
	}
	config.QPS, config.Burst = -1, -1 // the server's own fairness is enough
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return nil, fmt.Errorf("registering the kinds of Kubernetes: %w", err)
	}
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		return nil, fmt.Errorf("registering the kinds of Fairlead: %w", err)
	}
	c, err := client.NewWithWatch(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, fmt.Errorf("making a client: %w", err)
	}
	transport := &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 64, DisableCompression: true}
	return &Stack{Client: c, Config: config, HTTP: &http.Client{Transport: transport}, Namespace: Namespace}, nil
}

// Address is the base URL that the gateway's status gives to applications.
func (s *Stack) Address(ctx context.Context) (string, error) {
	var gateway v1alpha1.Gateway
	if err := s.Client.Get(ctx, client.ObjectKey{Namespace: s.Namespace, Name: Gateway}, &gateway); err != nil {
		return "", fmt.Errorf("reading the gateway: %w", err)
	}
	if gateway.Status.Address == "" {
		return "", errors.New("reading the gateway: it has no address yet")
	}
	return gateway.Status.Address, nil
}
