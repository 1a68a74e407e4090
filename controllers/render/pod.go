package render

import (
	"maps"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// podSecurity runs a Pod as one unprivileged user that also owns its volumes.
func podSecurity(user int64) *corev1.PodSecurityContext {
	policy := corev1.FSGroupChangeOnRootMismatch
	return &corev1.PodSecurityContext{
		RunAsNonRoot: new(true), RunAsUser: &user, RunAsGroup: &user, FSGroup: &user, FSGroupChangePolicy: &policy,
		SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}
}

// containerSecurity takes everything from a container that it does not need.
func containerSecurity() *corev1.SecurityContext {
	return &corev1.SecurityContext{
		AllowPrivilegeEscalation: new(false),
		ReadOnlyRootFilesystem:   new(true),
		Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
	}
}

// place puts the parts of a Placement where they belong. The resources replace the built-in ones as a whole: limits that are
// mixed from two sources would surprise.
func place(pod *corev1.PodSpec, p v1alpha1.Placement, builtin corev1.ResourceRequirements) {
	pod.NodeSelector = maps.Clone(p.NodeSelector)
	pod.Tolerations = append([]corev1.Toleration(nil), p.Tolerations...)
	pod.PriorityClassName = p.PriorityClassName
	for _, s := range p.ImagePullSecrets {
		pod.ImagePullSecrets = append(pod.ImagePullSecrets, corev1.LocalObjectReference{Name: string(s.Name)})
	}
	pod.Containers[0].Resources = resourcesOf(p, builtin)
}

func resourcesOf(p v1alpha1.Placement, builtin corev1.ResourceRequirements) corev1.ResourceRequirements {
	if p.Resources == nil {
		return builtin
	}
	return *p.Resources.DeepCopy()
}

// reserve asks for what a component needs to start, and bounds its memory where limit is not empty.
func reserve(cpu, memory, limit string) corev1.ResourceRequirements {
	r := corev1.ResourceRequirements{Requests: corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory),
	}}
	if limit != "" {
		r.Limits = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(limit)}
	}
	return r
}

// memory returns a share of the memory limit, in bytes; 0 where there is no limit.
func memory(r corev1.ResourceRequirements, percent int64) int64 {
	limit, ok := r.Limits[corev1.ResourceMemory]
	if !ok {
		return 0
	}
	return limit.Value() / 100 * percent
}

// imageOr is the image that a spec names, or the built-in one.
func imageOr(image, builtin string) string {
	if image == "" {
		return builtin
	}
	return image
}

func httpProbe(path string, port string, period, failures int32) *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler:     corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromString(port)}},
		PeriodSeconds:    period,
		TimeoutSeconds:   3,
		FailureThreshold: failures,
	}
}

func execProbe(period, failures int32, command ...string) *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler:     corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: command}},
		PeriodSeconds:    period,
		TimeoutSeconds:   3,
		FailureThreshold: failures,
	}
}

// tmp is the one place where a process may write besides its volume.
func tmp() corev1.Volume {
	return corev1.Volume{Name: "tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}
}

func tmpMount() corev1.VolumeMount { return corev1.VolumeMount{Name: "tmp", MountPath: "/tmp"} }

// secretFiles mounts some entries of a Secret as files.
func secretFiles(secret string, entries ...string) corev1.Volume {
	items := make([]corev1.KeyToPath, len(entries))
	for i, e := range entries {
		items[i] = corev1.KeyToPath{Key: e, Path: e}
	}
	return corev1.Volume{Name: "secret", VolumeSource: corev1.VolumeSource{
		Secret: &corev1.SecretVolumeSource{SecretName: secret, Items: items, DefaultMode: new(int32(0o440))},
	}}
}

func secretMount() corev1.VolumeMount {
	return corev1.VolumeMount{Name: "secret", MountPath: "/etc/fairlead", ReadOnly: true}
}
