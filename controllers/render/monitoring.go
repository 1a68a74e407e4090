package render

import (
	"fmt"
	"maps"
	"regexp"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

const monitoringGroup = "monitoring.coreos.com"

// KindPodMonitor is the kind that has the Prometheus operator collect the metrics of Pods.
func KindPodMonitor() schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: monitoringGroup, Version: "v1", Kind: "PodMonitor"}
}

// KindPrometheusRule is the kind that gives it alerts.
func KindPrometheusRule() schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: monitoringGroup, Version: "v1", Kind: "PrometheusRule"}
}

func monitoring(g *v1alpha1.Gateway) v1alpha1.Monitoring {
	if g.Spec.Monitoring == nil {
		return v1alpha1.Monitoring{}
	}
	return *g.Spec.Monitoring
}

// gatewayPodMonitor has the metrics of every replica collected.
func gatewayPodMonitor(in GatewayInput) Object {
	wanted := monitoring(in.Gateway).PodMonitor
	if !monitored(wanted) {
		return nil
	}
	pods := map[string]any{}
	for k, v := range GatewayPods(in.Gateway) {
		pods[k] = v
	}
	u := foreign(in, KindPodMonitor(), map[string]any{
		"selector":            map[string]any{"matchLabels": pods},
		"podMetricsEndpoints": []any{map[string]any{"port": portAdmin, "path": "/metrics"}},
	})
	u.SetLabels(monitorLabels(wanted, u.GetLabels()))
	return u
}

// gatewayRule gives Prometheus the alerts.
func gatewayRule(in GatewayInput) Object {
	wanted := monitoring(in.Gateway).PrometheusRule
	if !monitored(wanted) {
		return nil
	}
	var rules []any
	for _, a := range alerts(in) {
		rules = append(rules, a.rule(in.Gateway))
	}
	u := foreign(in, KindPrometheusRule(), map[string]any{
		"groups": []any{map[string]any{"name": "fairlead/" + key(in.Gateway).String(), "rules": rules}},
	})
	u.SetLabels(monitorLabels(wanted, u.GetLabels()))
	return u
}

// gatewayDashboard is a ConfigMap with the label that the sidecar of Grafana's chart looks for, unless the spec gives that another
// value.
func gatewayDashboard(in GatewayInput) Object {
	g := in.Gateway
	wanted := monitoring(g).GrafanaDashboard
	if !monitored(wanted) {
		return nil
	}
	c := dashboardMap(g)
	labels := gatewayLabels(componentGateway, g)
	c.Labels = monitorLabels(wanted, labels)
	if c.Labels["grafana_dashboard"] == "" {
		c.Labels["grafana_dashboard"] = "1"
	}
	c.Data = map[string]string{"fairlead-" + g.Namespace + "-" + g.Name + ".json": dashboard(g)}
	return c
}

func dashboardMap(g *v1alpha1.Gateway) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: meta(g.Namespace, DashboardName(g.Name), nil)}
}

func monitored(m *v1alpha1.Monitor) bool { return m != nil && guarded(m.Mode) }

// monitorLabels adds the labels that somebody selects by to an object's own, which win.
func monitorLabels(m *v1alpha1.Monitor, own map[string]string) map[string]string {
	labels := map[string]string{}
	maps.Copy(labels, m.Labels)
	maps.Copy(labels, own)
	return labels
}

// selector selects the series of a gateway's replicas by the labels that Prometheus gives to every Pod. Their names end with the
// hash of a ReplicaSet and five letters, so that no gateway is taken for another one whose name begins alike.
func selector(g *v1alpha1.Gateway) string {
	return fmt.Sprintf(`namespace="%s",pod=~"%s-[a-z0-9]+-[a-z0-9]{5}"`, g.Namespace, regexp.QuoteMeta(g.Name))
}
