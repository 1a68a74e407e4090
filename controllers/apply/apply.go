package apply

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// FieldOwner is the name under which everything is applied.
const FieldOwner = client.FieldOwner("fairlead-operator")

// annotationApplied holds a digest of what was applied last: it tells that a field was taken out, which no comparison of what
// is left can.
const annotationApplied = "fairlead.dev/applied"

// Applier makes the cluster hold rendered objects. It is safe for concurrent use.
type Applier struct {
	// client reads from a cache that may hold only objects with the labels of the operator, and writes.
	client client.Client
	// live reads past that cache.
	live client.Reader

	mu sync.Mutex
	// settled remembers, by UID, the version of an object that applying did not change although it looked different: somebody
	// else owns the difference, and it is not written again until the object changes.
	settled map[types.UID]string
}

// New returns an Applier that writes through c, and that makes sure with live before it writes what c does not know.
func New(c client.Client, live client.Reader) *Applier {
	return &Applier{client: c, live: live, settled: map[types.UID]string{}}
}

// All applies objects one after the other, and returns all errors joined. One that the API server does not take keeps no other from
// being applied, whatever the reason. It ends with an object that belongs to somebody else, because those after it may rely on it,
// and where the API server does not answer or has no time: the next one would wait as long.
func (a *Applier) All(ctx context.Context, owner client.Object, objects []client.Object) error {
	var errs []error
	for _, o := range objects {
		err := a.Apply(ctx, owner, o)
		if err == nil {
			continue
		}
		errs = append(errs, err)
		if !aboutOne(err) {
			break
		}
	}
	return errors.Join(errs...)
}

// Apply makes the cluster hold object, as a child of owner. An object in another namespace, and one that is to be retained,
// gets no owner reference; its labels say whose it is. When Apply returns, the object is in the cluster, in the version that
// object then carries. A ForeignError says that an object of that name belongs to somebody else, and a RefusedError that the
// API server does not take the object. An object with a resourceVersion is what became of the one that was read at that version: it is a
// conflict where the cluster has another one by now.
func (a *Applier) Apply(ctx context.Context, owner, object client.Object) error {
	read := object.GetResourceVersion()
	object.SetResourceVersion("")
	current, err := a.currentAt(ctx, object, read)
	if err != nil {
		return err
	}
	if current != nil && !belongs(current, owner, object) {
		return foreign(object, a.client.Scheme())
	}
	keepImmutable(object, current)
	wanted, err := a.encode(owner, object)
	if err != nil {
		return err
	}
	if current != nil && a.same(object, wanted, current) {
		object.SetResourceVersion(current.GetResourceVersion())
		return nil
	}
	if err := a.write(ctx, wanted, current, read); err != nil {
		return err
	}
	object.SetResourceVersion(wanted.GetResourceVersion())
	return nil
}

// currentAt is current, and a conflict where that is not what was read, if anything was.
func (a *Applier) currentAt(ctx context.Context, object client.Object, read string) (client.Object, error) {
	current, err := a.current(ctx, object)
	if err != nil || current == nil || read == "" || current.GetResourceVersion() == read {
		return current, err
	}
	kind := kindOf(object, a.client.Scheme())
	return nil, apierrors.NewConflict(schema.GroupResource{Group: kind.Group, Resource: kind.Kind}, object.GetName(),
		errors.New("it was changed after it was read"))
}

// current returns the object as it is, or nil where there is none. What the cache does not know is looked for in the cluster:
// it may be there without the label that the cache selects by.
func (a *Applier) current(ctx context.Context, object client.Object) (client.Object, error) {
	for _, reader := range []client.Reader{a.client, a.live} {
		current, err := a.empty(object)
		if err != nil {
			return nil, err
		}
		err = reader.Get(ctx, client.ObjectKeyFromObject(object), current)
		if err == nil {
			return current, nil
		}
		if !apierrors.IsNotFound(err) {
			return nil, fmt.Errorf("reading %T %s: %w", object, client.ObjectKeyFromObject(object), err)
		}
	}
	return nil, nil
}

// empty returns an object of the same kind to read into. An object of a kind that is not in the scheme is unstructured.
func (a *Applier) empty(object client.Object) (client.Object, error) {
	if u, ok := object.(*unstructured.Unstructured); ok {
		e := &unstructured.Unstructured{}
		e.SetGroupVersionKind(u.GroupVersionKind())
		return e, nil
	}
	found, err := a.client.Scheme().New(kindOf(object, a.client.Scheme()))
	if err != nil {
		return nil, fmt.Errorf("making a %T to read into: %w", object, err)
	}
	e, ok := found.(client.Object)
	if !ok {
		return nil, fmt.Errorf("reading into a %T: it is no object", found)
	}
	return e, nil
}

// encode turns an object into exactly the fields that are to be applied.
func (a *Applier) encode(owner, object client.Object) (*unstructured.Unstructured, error) {
	if owned(owner, object) {
		if err := controllerutil.SetControllerReference(owner, object, a.client.Scheme()); err != nil {
			return nil, fmt.Errorf("setting the owner of %s: %w", object.GetName(), err)
		}
	}
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return nil, fmt.Errorf("encoding %T %s: %w", object, object.GetName(), err)
	}
	delete(fields, "status")
	u := &unstructured.Unstructured{Object: fields}
	u.SetGroupVersionKind(kindOf(object, a.client.Scheme()))
	unstructured.RemoveNestedField(fields, "metadata", "creationTimestamp")
	encoded, err := json.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("encoding %T %s: %w", object, object.GetName(), err)
	}
	annotations := u.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	sum := sha256.Sum256(encoded)
	annotations[annotationApplied] = hex.EncodeToString(sum[:8])
	u.SetAnnotations(annotations)
	return u, nil
}

// same says whether current holds every field of wanted, which is object encoded, or was found not to change by being applied.
func (a *Applier) same(object client.Object, wanted *unstructured.Unstructured, current client.Object) bool {
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(current)
	if err != nil {
		return false
	}
	content := map[string]any{}
	for k, v := range wanted.Object {
		if k != "apiVersion" && k != "kind" {
			content[k] = v
		}
	}
	if contains(fields, content) && exact(object, current) {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.settled[current.GetUID()] == settledVersion(wanted, current.GetResourceVersion())
}

// settledVersion identifies what was applied and to what.
func settledVersion(wanted client.Object, resourceVersion string) string {
	return wanted.GetAnnotations()[annotationApplied] + "@" + resourceVersion
}

// write applies an object, over no other version than read where that is not empty.
func (a *Applier) write(ctx context.Context, wanted *unstructured.Unstructured, current client.Object, read string) error {
	if current != nil {
		wanted.SetResourceVersion(read)
	}
	name := fmt.Sprintf("%s %s", wanted.GetKind(), client.ObjectKeyFromObject(wanted))
	if err := a.client.Apply(ctx, client.ApplyConfigurationFromUnstructured(wanted), FieldOwner, client.ForceOwnership); err != nil {
		if refused := refused(wanted, err); refused != nil {
			return refused
		}
		return fmt.Errorf("applying %s: %w", name, err)
	}
	if current != nil && current.GetResourceVersion() == wanted.GetResourceVersion() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.settled[current.GetUID()] = settledVersion(wanted, wanted.GetResourceVersion())
	}
	return nil
}

// owned says whether object can and shall be deleted with owner by the garbage collector.
func owned(owner, object client.Object) bool {
	return owner.GetNamespace() == object.GetNamespace() && object.GetAnnotations()[v1alpha1.AnnotationRetain] == ""
}

// belongs says whether current is owner's: by its owner reference, or, where it has none, by the labels of the rendered object.
func belongs(current, owner, object client.Object) bool {
	if ref := metav1.GetControllerOf(current); ref != nil {
		return ref.UID == owner.GetUID()
	}
	// What was to be retained may be so no longer.
	if owned(owner, object) && owned(owner, current) {
		return false
	}
	for k, v := range object.GetLabels() {
		if current.GetLabels()[k] != v {
			return false
		}
	}
	return true
}
