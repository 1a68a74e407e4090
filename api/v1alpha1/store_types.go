package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// StoreMode says who runs a store.
//
// +kubebuilder:validation:Enum=Managed;External;CloudNativePG;Disabled
type StoreMode string

// Values of StoreMode.
const (
	// StoreManaged: the operator runs one, as a single-replica StatefulSet.
	StoreManaged StoreMode = "Managed"
	// StoreExternal: it exists already, at the address in a Secret.
	StoreExternal StoreMode = "External"
	// StoreCloudNativePG: the CloudNativePG operator runs a highly available PostgreSQL, which this operator asks it for.
	StoreCloudNativePG StoreMode = "CloudNativePG"
	// StoreDisabled: there is none.
	StoreDisabled StoreMode = "Disabled"
)

// Store is a Redis or a PostgreSQL.
//
// +kubebuilder:validation:XValidation:rule="(self.mode == 'External') == has(self.external)",message="external must be set if and only if mode is External"
// +kubebuilder:validation:XValidation:rule="self.mode == 'Managed' || !has(self.managed)",message="managed may be set only when mode is Managed"
type Store struct {
	// mode is Managed, External or Disabled; for PostgreSQL also CloudNativePG.
	// +required
	Mode StoreMode `json:"mode,omitempty"`
	// managed describes the store that the operator runs: one replica with a retained volume and a generated password.
	// For high availability use External.
	// +optional
	Managed *ManagedStore `json:"managed,omitempty"`
	// external says how to reach the store that exists already.
	// +optional
	External *ExternalStore `json:"external,omitempty"`
}

// ManagedStore describes a store that the operator runs.
type ManagedStore struct {
	// image of the store; the operator's default, pinned by digest, when absent. A new major version of PostgreSQL is never
	// taken automatically: it cannot read the old volume.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Image string `json:"image,omitempty"`
	// passwordVersion counts the passwords of the store: raise it by one, and a new one is generated and put into place. Nobody is cut
	// off from the store meanwhile.
	// +optional
	// +kubebuilder:validation:Minimum=0
	PasswordVersion int32 `json:"passwordVersion,omitempty"`
	// storage of the store. Built-in: 1Gi for Redis, 10Gi for PostgreSQL, of the default StorageClass.
	// +optional
	Storage *Storage `json:"storage,omitempty"`
	// Placement of the store's Pod.
	Placement `json:",inline"`
}

// ExternalStore says how to reach a store that exists already.
type ExternalStore struct {
	// secretRef names a Secret with the entry `uri`, or with `host`, `port`, `username`, `password` and `database`: the shape
	// that CloudNativePG writes.
	// +required
	SecretRef SecretReference `json:"secretRef,omitzero"`
	// caBundleSecretRef names the entry that holds the PEM certificates which the store's own is verified with, instead of the
	// system's. The connection is encrypted where it is given, whatever the URI says.
	// +optional
	CABundleSecretRef *SecretKeyReference `json:"caBundleSecretRef,omitempty"`
	// sentinel finds the primary of a Redis through its Sentinels, whose addresses are the hosts of the Secret, separated by commas.
	// +optional
	Sentinel *RedisSentinel `json:"sentinel,omitempty"`
	// cluster says that the hosts of the Secret, separated by commas, are nodes of a Redis Cluster.
	// +optional
	Cluster bool `json:"cluster,omitempty"`
}

// RedisSentinel says which Redis to ask Sentinels for.
type RedisSentinel struct {
	// masterName is the name of the Redis, as the Sentinels know it.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	MasterName string `json:"masterName,omitempty"`
	// passwordSecretRef names the entry that holds the password of the Sentinels themselves. They have none when absent.
	// +optional
	PasswordSecretRef *SecretKeyReference `json:"passwordSecretRef,omitempty"`
}

// Postgres is a PostgreSQL.
//
// +kubebuilder:validation:XValidation:rule="self.mode == 'Managed' || !has(self.backup)",message="backup may be set only when mode is Managed"
// +kubebuilder:validation:XValidation:rule="self.mode == 'CloudNativePG' || !has(self.cloudNativePG)",message="cloudNativePG may be set only when mode is CloudNativePG"
// +kubebuilder:validation:XValidation:rule="!has(self.external) || !(has(self.external.sentinel) || (has(self.external.cluster) && self.external.cluster))",message="external.sentinel and external.cluster are for redis only"
type Postgres struct {
	// Store says who runs it, and how.
	Store `json:",inline"`
	// backup of a managed PostgreSQL, to a volume of its own.
	// +optional
	Backup *Backup `json:"backup,omitempty"`
	// cloudNativePG describes the Cluster that CloudNativePG is asked for. Its built-in values when absent.
	// +optional
	CloudNativePG *CloudNativePG `json:"cloudNativePG,omitempty"`
}

// AsStore is the part that a PostgreSQL has in common with a Redis; nil for nil.
func (p *Postgres) AsStore() *Store {
	if p == nil {
		return nil
	}
	return &p.Store
}

// RestorePolicy says when a managed PostgreSQL is filled from its newest backup.
//
// +kubebuilder:validation:Enum=Never;WhenEmpty
type RestorePolicy string

// Values of RestorePolicy.
const (
	// RestoreNever begins with an empty database.
	RestoreNever RestorePolicy = "Never"
	// RestoreWhenEmpty restores the newest backup, if there is one, onto a volume on which no database is.
	RestoreWhenEmpty RestorePolicy = "WhenEmpty"
)

// Backup says how a managed PostgreSQL is backed up.
type Backup struct {
	// schedule in the notation of cron, in UTC: `0 3 * * *` is every night at three, `@daily` every midnight.
	// +required
	// +kubebuilder:validation:MinLength=6
	// +kubebuilder:validation:MaxLength=128
	Schedule string `json:"schedule,omitempty"`
	// keep is how many backups are kept; older ones are deleted after a new one was made.
	// +optional
	// +default=7
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	Keep *int32 `json:"keep,omitempty"`
	// storage of the backups. Built-in: 10Gi of the default StorageClass.
	// +optional
	Storage *Storage `json:"storage,omitempty"`
	// restore says when the newest backup is restored.
	// +optional
	// +default="WhenEmpty"
	Restore RestorePolicy `json:"restore,omitempty"`
}

// CloudNativePG describes the Cluster that CloudNativePG is asked for. Whatever else a Cluster can be told is said to one of your own,
// whose Secret mode External takes.
type CloudNativePG struct {
	// instances is the number of PostgreSQL Pods, one of which is the primary.
	// +optional
	// +default=3
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=32
	Instances *int32 `json:"instances,omitempty"`
	// imageName of PostgreSQL; CloudNativePG's default when absent.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	ImageName string `json:"imageName,omitempty"`
	// storage of each instance. Built-in: 10Gi of the default StorageClass.
	// +optional
	Storage *Storage `json:"storage,omitempty"`
}

// ReclaimPolicy says what becomes of a volume when the object that asked for it is deleted.
//
// +kubebuilder:validation:Enum=Retain;Delete
type ReclaimPolicy string

// Values of ReclaimPolicy.
const (
	// ReclaimRetain keeps it. An object of the same name takes it up again.
	ReclaimRetain ReclaimPolicy = "Retain"
	// ReclaimDelete deletes it with everything on it.
	ReclaimDelete ReclaimPolicy = "Delete"
)

// Storage describes a PersistentVolumeClaim.
//
// +kubebuilder:validation:MinProperties=1
type Storage struct {
	// size of the volume. It can be set once: a StatefulSet's claims do not change.
	// +optional
	Size *resource.Quantity `json:"size,omitempty"`
	// storageClassName of the volume; the cluster's default when absent.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	StorageClassName *string `json:"storageClassName,omitempty"`
	// reclaimPolicy says what becomes of the volume when the object that asked for it is deleted. Built-in: Retain.
	// +optional
	ReclaimPolicy ReclaimPolicy `json:"reclaimPolicy,omitempty"`
}

// PostgresStatus is what is known of a PostgreSQL that the operator runs.
type PostgresStatus struct {
	// majorVersion of the database on the volume.
	// +optional
	MajorVersion int32 `json:"majorVersion,omitempty"`
	// passwordVersion of the password that is in use.
	// +optional
	PasswordVersion int32 `json:"passwordVersion,omitempty"`
	// lastBackupTime is when the newest backup was finished.
	// +optional
	LastBackupTime *metav1.Time `json:"lastBackupTime,omitempty"`
}

// RedisStatus is what is known of a Redis that the operator runs.
type RedisStatus struct {
	// passwordVersion of the password that is in use.
	// +optional
	PasswordVersion int32 `json:"passwordVersion,omitempty"`
}
