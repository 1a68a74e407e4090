package render

import (
	"strconv"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

const (
	// gatewayUser is the user of the gateway's image.
	gatewayUser          = 65532
	gatewayContainerName = "gateway"
	// builtinRequest bounds a request where nobody says otherwise.
	builtinRequest = 10 * time.Minute
	// drainSlack is the time in which a stopping replica still accepts, and more.
	drainSlack  = 50 * time.Second
	stateDir    = "/var/lib/fairlead"
	ledgerDir   = stateDir + "/ledger"
	credentials = "/etc/fairlead/credentials"
)

// AnnotationAutoscaled is on a Deployment whose number of Pods an autoscaler chooses: the operator does not say one.
const AnnotationAutoscaled = "fairlead.dev/autoscaled"

// gatewayDeployment replaces replicas one by one and never has fewer than are wanted. A replica stops itself on SIGTERM: it
// needs no preStop hook, and no time in which it sleeps.
func gatewayDeployment(in GatewayInput) Object {
	g := in.Gateway
	labels := gatewayLabels(componentGateway, g)
	d := &appsv1.Deployment{
		ObjectMeta: meta(g.Namespace, g.Name, labels),
		Spec: appsv1.DeploymentSpec{
			Replicas: new(gatewayReplicas(g)),
			Selector: &metav1.LabelSelector{MatchLabels: GatewayPods(g)},
			Strategy: appsv1.DeploymentStrategy{
				Type: appsv1.RollingUpdateDeploymentStrategyType,
				RollingUpdate: &appsv1.RollingUpdateDeployment{
					MaxUnavailable: new(intstr.FromInt32(0)), MaxSurge: new(intstr.FromInt32(1)),
				},
			},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: gatewayPod(in)},
		},
	}
	if g.Spec.Autoscaling != nil {
		d.Spec.Replicas = nil
		d.Annotations = map[string]string{AnnotationAutoscaled: "true"}
	}
	return d
}

func gatewayReplicas(g *v1alpha1.Gateway) int32 {
	if g.Spec.Replicas == nil {
		return 2
	}
	return *g.Spec.Replicas
}

func gatewayPod(in GatewayInput) corev1.PodSpec {
	g := in.Gateway
	pod := corev1.PodSpec{
		ServiceAccountName:            g.Name,
		AutomountServiceAccountToken:  new(true),
		EnableServiceLinks:            new(false),
		TerminationGracePeriodSeconds: new(int64((longestRequest(g) + drainSlack) / time.Second)),
		SecurityContext:               podSecurity(gatewayUser),
		Containers:                    []corev1.Container{gatewayContainer(in)},
		Volumes:                       gatewayVolumes(in),
		TopologySpreadConstraints:     gatewaySpread(g),
	}
	place(&pod, g.Spec.Placement, gatewayResources())
	return pod
}

func gatewayResources() corev1.ResourceRequirements { return reserve("100m", "128Mi", "512Mi") }

func gatewayContainer(in GatewayInput) corev1.Container {
	g := in.Gateway
	return corev1.Container{
		Name:            gatewayContainerName,
		Image:           imageOr(g.Spec.Image, in.Images.Gateway),
		Args:            gatewayArgs(in),
		Env:             gatewayEnv(g),
		SecurityContext: containerSecurity(),
		Ports: []corev1.ContainerPort{
			{Name: portHTTP, ContainerPort: gatewayPort, Protocol: corev1.ProtocolTCP},
			{Name: portAdmin, ContainerPort: adminPort, Protocol: corev1.ProtocolTCP},
		},
		StartupProbe:   httpProbe("/healthz", portAdmin, 1, 60),
		LivenessProbe:  httpProbe("/healthz", portAdmin, 10, 3),
		ReadinessProbe: httpProbe("/readyz", portAdmin, 2, 2),
		VolumeMounts:   gatewayMounts(in),
	}
}

func gatewayArgs(in GatewayInput) []string {
	args := []string{
		"gateway", "--gateway=" + key(in.Gateway).String(),
		"--listen=:" + strconv.Itoa(gatewayPort), "--admin=:" + strconv.Itoa(adminPort),
		"--state-dir=" + stateDir, "--credentials-dir=" + credentials,
	}
	if len(in.Namespaces) > 0 {
		args = append(args, "--namespaces="+strings.Join(in.Namespaces, ","))
	}
	if longest := longestRequest(in.Gateway); longest != builtinRequest {
		args = append(args, "--drain-timeout="+longest.String())
	}
	return args
}

// longestRequest is how long a stopping replica waits for answers under way. It is the gateway's own to say: were it that of the
// longest alias, an alias of any namespace could restart the replicas, because all of this is in the Pods.
func longestRequest(g *v1alpha1.Gateway) time.Duration {
	if g.Spec.Defaults == nil || g.Spec.Defaults.Timeouts == nil {
		return builtinRequest
	}
	// A duration that is none was refused before anything is rendered; until then the built-in one holds.
	d, err := time.ParseDuration(string(g.Spec.Defaults.Timeouts.Request))
	if err != nil {
		return builtinRequest
	}
	return max(d, builtinRequest)
}

// gatewayEnv tells a replica who it is, and its garbage collector how much memory there is: nine tenths of the limit.
func gatewayEnv(g *v1alpha1.Gateway) []corev1.EnvVar {
	env := []corev1.EnvVar{
		field("POD_NAME", "metadata.name"), field("POD_NAMESPACE", "metadata.namespace"), field("POD_UID", "metadata.uid"),
	}
	if limit := memory(resourcesOf(g.Spec.Placement, gatewayResources()), 90); limit > 0 {
		env = append(env, corev1.EnvVar{Name: "GOMEMLIMIT", Value: strconv.FormatInt(limit, 10)})
	}
	return env
}

func field(name, path string) corev1.EnvVar {
	return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{
		FieldRef: &corev1.ObjectFieldSelector{APIVersion: "v1", FieldPath: path},
	}}
}

func gatewayMounts(in GatewayInput) []corev1.VolumeMount {
	mounts := []corev1.VolumeMount{
		{Name: "state", MountPath: stateDir},
		{Name: "credentials", MountPath: credentials, ReadOnly: true},
	}
	if in.BacklogBytes > 0 {
		mounts = append(mounts, corev1.VolumeMount{Name: "ledger", MountPath: ledgerDir})
	}
	return mounts
}

// gatewayVolumes: the last good snapshot survives a restart of the container, and the Secret is mounted for the start of one
// while the API server is away. It is optional because a replica can start before the operator has written it. Usage that is not
// in PostgreSQL yet is on the node's disk: it outlives the container and, where it is much, would not fit into memory.
func gatewayVolumes(in GatewayInput) []corev1.Volume {
	volumes := []corev1.Volume{
		{Name: "state", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{
			Medium: corev1.StorageMediumMemory, SizeLimit: new(resource.MustParse("64Mi")),
		}}},
		{Name: "credentials", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{
			SecretName: v1alpha1.CredentialsSecretName(in.Gateway.Name), Optional: new(true), DefaultMode: new(int32(0o440)),
		}}},
	}
	if in.BacklogBytes > 0 {
		volumes = append(volumes, corev1.Volume{Name: "ledger", VolumeSource: corev1.VolumeSource{
			EmptyDir: &corev1.EmptyDirVolumeSource{SizeLimit: new(ledgerSize(in.BacklogBytes))},
		}})
	}
	return volumes
}

// ledgerSize leaves room beside a full backlog: the kubelet evicts a Pod whose volume has grown beyond its size, and calls that were
// under way when the backlog was full are still recorded.
func ledgerSize(backlog int64) resource.Quantity {
	const slack = 64 << 20
	return *resource.NewQuantity(backlog+backlog/4+slack, resource.BinarySI)
}

// gatewaySpread is what the spec says, about this gateway's Pods where it does not say of which; and nodes and zones where it says
// nothing.
func gatewaySpread(g *v1alpha1.Gateway) []corev1.TopologySpreadConstraint {
	if len(g.Spec.TopologySpreadConstraints) == 0 {
		return spread(GatewayPods(g), corev1.LabelHostname, corev1.LabelTopologyZone)
	}
	constraints := make([]corev1.TopologySpreadConstraint, len(g.Spec.TopologySpreadConstraints))
	for i := range g.Spec.TopologySpreadConstraints {
		c := g.Spec.TopologySpreadConstraints[i].DeepCopy()
		if c.LabelSelector == nil {
			c.LabelSelector = &metav1.LabelSelector{MatchLabels: GatewayPods(g)}
		}
		constraints[i] = *c
	}
	return constraints
}

// spread keeps replicas apart as far as the cluster allows.
func spread(pods map[string]string, keys ...string) []corev1.TopologySpreadConstraint {
	constraints := make([]corev1.TopologySpreadConstraint, len(keys))
	for i, k := range keys {
		constraints[i] = corev1.TopologySpreadConstraint{
			MaxSkew: 1, TopologyKey: k, WhenUnsatisfiable: corev1.ScheduleAnyway,
			LabelSelector: &metav1.LabelSelector{MatchLabels: pods},
		}
	}
	return constraints
}
