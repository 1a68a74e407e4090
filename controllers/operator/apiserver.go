package operator

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// apiServerPort is the port at which the API server says that it is; 0 where it says none. It may be another one than this process
// reaches it at, because NetworkPolicies are judged by where a Service leads to.
func apiServerPort(ctx context.Context, api rest.Interface) (int32, error) {
	body, err := api.Get().AbsPath("/api").SetHeader("Accept", "application/json").DoRaw(ctx)
	if err != nil {
		return 0, fmt.Errorf("asking the API server where it is: %w", err)
	}
	var versions metav1.APIVersions
	if err := json.Unmarshal(body, &versions); err != nil {
		return 0, fmt.Errorf("reading where the API server is: %w", err)
	}
	for _, s := range versions.ServerAddressByClientCIDRs {
		if _, text, err := net.SplitHostPort(s.ServerAddress); err == nil {
			port, err := strconv.ParseUint(text, 10, 16)
			if err != nil {
				return 0, fmt.Errorf("reading the port of the API server at %q: %w", s.ServerAddress, err)
			}
			return int32(port), nil
		}
	}
	return 0, nil
}
