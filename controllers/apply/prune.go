package apply

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

// Prune deletes the objects of the given kinds that belong to owner and are not among keep. lists says which kinds are looked
// at; selector narrows the search to what may be owner's. Volumes and what is retained are never in it.
func (a *Applier) Prune(
	ctx context.Context, owner client.Object, keep []client.Object, selector client.MatchingLabels, lists ...client.ObjectList,
) error {
	kept := map[schema.GroupKind]map[client.ObjectKey]bool{}
	for _, o := range keep {
		kind := kindOf(o, a.client.Scheme()).GroupKind()
		if kept[kind] == nil {
			kept[kind] = map[client.ObjectKey]bool{}
		}
		kept[kind][client.ObjectKeyFromObject(o)] = true
	}
	for _, list := range lists {
		if err := a.client.List(ctx, list, client.InNamespace(owner.GetNamespace()), selector); err != nil {
			return fmt.Errorf("listing %T to prune: %w", list, err)
		}
		if err := meta.EachListItem(list, func(item runtime.Object) error { return a.prune(ctx, owner, item, kept) }); err != nil {
			return err
		}
	}
	return nil
}

func (a *Applier) prune(ctx context.Context, owner client.Object, item runtime.Object, kept map[schema.GroupKind]map[client.ObjectKey]bool) error {
	object, ok := item.(client.Object)
	if !ok || object.GetDeletionTimestamp() != nil {
		return nil
	}
	kind := kindOf(object, a.client.Scheme()).GroupKind()
	if kept[kind][client.ObjectKeyFromObject(object)] || !metav1.IsControlledBy(object, owner) {
		return nil
	}
	return a.Delete(ctx, object)
}

// Remove deletes the object of that kind and name where it is there and belongs to owner. It reads past the cache: it is for kinds that
// no cache holds.
func (a *Applier) Remove(ctx context.Context, owner, object client.Object) error {
	current, err := a.empty(object)
	if err != nil {
		return err
	}
	err = a.live.Get(ctx, client.ObjectKeyFromObject(object), current)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading %T %s to delete it: %w", object, client.ObjectKeyFromObject(object), err)
	}
	if current.GetDeletionTimestamp() != nil || !metav1.IsControlledBy(current, owner) {
		return nil
	}
	return a.Delete(ctx, current)
}

// Delete deletes object, exactly the one that was read: one that was made again under its name meanwhile stays.
func (a *Applier) Delete(ctx context.Context, object client.Object) error {
	uid := object.GetUID()
	err := a.client.Delete(ctx, object, client.Preconditions{UID: &uid})
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		return fmt.Errorf("deleting %T %s: %w", object, client.ObjectKeyFromObject(object), err)
	}
	return nil
}

// kindOf is the kind of an object. Every kind that is rendered is in the scheme, so there is always one.
func kindOf(o runtime.Object, s *runtime.Scheme) schema.GroupVersionKind {
	gvk, err := apiutil.GVKForObject(o, s)
	if err != nil {
		return schema.GroupVersionKind{}
	}
	return gvk
}
