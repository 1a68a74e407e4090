package operator_test

import "testing"

// TestBadExposure: a Service, an autoscaler or an Ingress that contradicts itself.
func TestBadExposure(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	for name, tc := range map[string]struct{ spec, want string }{
		"NodePortOfNone":      {`service: {nodePort: 30000}`, "nodePort may be set only when type is NodePort or LoadBalancer"},
		"PolicyOfNone":        {`service: {externalTrafficPolicy: Local}`, "externalTrafficPolicy may be set only when type is NodePort or LoadBalancer"},
		"ClassOfNone":         {`service: {type: NodePort, loadBalancerClass: a}`, "loadBalancerClass may be set only when type is LoadBalancer"},
		"TwoTargets":          {`autoscaling: {maxReplicas: 3, targetCPUUtilization: 50, targetInFlight: 5}`, "exclude each other"},
		"LeastAboveMost":      {`autoscaling: {minReplicas: 4, maxReplicas: 3}`, "minReplicas must not be more than maxReplicas"},
		"BuiltinAboveMost":    {`autoscaling: {maxReplicas: 1}`, "minReplicas must not be more than maxReplicas"},
		"IngressWithoutHost":  {`ingress: {hosts: []}`, "spec.ingress.hosts"},
		"HostWithScheme":      {`ingress: {hosts: ["https://a"]}`, "spec.ingress.hosts[0]"},
		"HostWithInnerStar":   {`ingress: {hosts: ["a.*.b"]}`, "spec.ingress.hosts[0]"},
		"RouteWithoutParent":  {`httpRoute: {parentRefs: []}`, "spec.httpRoute.parentRefs"},
		"ConstraintTwice":     {`topologySpreadConstraints: [{maxSkew: 1, topologyKey: a, whenUnsatisfiable: DoNotSchedule}, {maxSkew: 2, topologyKey: a, whenUnsatisfiable: DoNotSchedule}]`, "Duplicate value"},
		"MonitorModeUnknown":  {`monitoring: {podMonitor: {mode: Maybe}}`, "Unsupported value"},
		"PolicyModeUnknown":   {`networkPolicy: {mode: Maybe}`, "Unsupported value"},
		"PullSecretWithPlace": {`imagePullSecrets: [{name: a, namespace: b}]`, "unknown field"},
	} {
		t.Run(name, func(t *testing.T) {
			expectRefused(t, c, ns, `{kind: Gateway, metadata: {name: a}, spec: {`+tc.spec+`}}`, tc.want)
		})
	}
}
