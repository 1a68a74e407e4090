package apply

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// ForeignError says that an object which the operator would make exists already and is not its own. A person has to decide
// which of the two goes; retrying does not help.
type ForeignError struct {
	// Kind, Namespace and Name of the object.
	Kind, Namespace, Name string
}

// Error says what is in the way and what to do.
func (e *ForeignError) Error() string {
	return fmt.Sprintf("%s %q in namespace %q exists already and does not belong to this object. Delete or rename it, or give this object another name.",
		e.Kind, e.Name, e.Namespace)
}

func foreign(object client.Object, scheme *runtime.Scheme) *ForeignError {
	return &ForeignError{
		Kind: kindOf(object, scheme).Kind, Namespace: object.GetNamespace(), Name: object.GetName(),
	}
}

// RefusedError says that the API server does not take an object: the spec that it was rendered from says something that the
// schema admits and that makes no valid object, such as a request above its limit. Retrying does not help.
type RefusedError struct {
	// Kind, Namespace and Name of the object.
	Kind, Namespace, Name string
	// Why lists what is wrong, as "field: reason", in alphabetical order.
	Why []string
}

// Error says what was refused, and why.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("The API server refuses %s %q in namespace %q. Correct the spec: %s.",
		e.Kind, e.Name, e.Namespace, strings.Join(e.Why, "; "))
}

// refused returns the RefusedError that err comes to, or nil. The API server lists what is wrong in any order.
func refused(object client.Object, err error) *RefusedError {
	var answer apierrors.APIStatus
	if !apierrors.IsInvalid(err) || !errors.As(err, &answer) {
		return nil
	}
	e := &RefusedError{
		Kind: object.GetObjectKind().GroupVersionKind().Kind, Namespace: object.GetNamespace(), Name: object.GetName(),
	}
	if details := answer.Status().Details; details != nil {
		for _, cause := range details.Causes {
			e.Why = append(e.Why, cause.Field+": "+cause.Message)
		}
	}
	slices.Sort(e.Why)
	e.Why = slices.Compact(e.Why)
	return e
}

// Mistake returns the ForeignError or RefusedError in err's chain: what a person has to put right. It returns nil for any other
// error.
func Mistake(err error) error {
	if foreign, ok := errors.AsType[*ForeignError](err); ok {
		return foreign
	}
	if refused, ok := errors.AsType[*RefusedError](err); ok {
		return refused
	}
	return nil
}
