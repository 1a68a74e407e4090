package apply

import (
	"errors"
	"fmt"

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

// AsForeign returns the ForeignError in err's chain, or nil.
func AsForeign(err error) *ForeignError {
	var foreign *ForeignError
	if errors.As(err, &foreign) {
		return foreign
	}
	return nil
}

func foreign(object client.Object, scheme *runtime.Scheme) *ForeignError {
	return &ForeignError{
		Kind: kindOf(object, scheme).Kind, Namespace: object.GetNamespace(), Name: object.GetName(),
	}
}
