package v1alpha1

import "k8s.io/apimachinery/pkg/api/resource"

// StoreMode says who runs a store.
//
// +kubebuilder:validation:Enum=Managed;External;Disabled
type StoreMode string

// Values of StoreMode.
const (
	// StoreManaged: the operator runs one, as a single-replica StatefulSet.
	StoreManaged StoreMode = "Managed"
	// StoreExternal: it exists already, at the address in a Secret.
	StoreExternal StoreMode = "External"
	// StoreDisabled: there is none.
	StoreDisabled StoreMode = "Disabled"
)

// Store is a Redis or a PostgreSQL.
//
// +kubebuilder:validation:XValidation:rule="(self.mode == 'External') == has(self.external)",message="external must be set if and only if mode is External"
// +kubebuilder:validation:XValidation:rule="self.mode == 'Managed' || !has(self.managed)",message="managed may be set only when mode is Managed"
type Store struct {
	// mode is Managed, External or Disabled.
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
}

// Storage describes a PersistentVolumeClaim. Claims are retained when the object that asked for them is deleted.
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
}
