// kube-oracle answers what kube-apiserver would. See README.md.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	extinstall "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	structuraldefaulting "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	structurallisttype "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	schemaobjectmeta "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	structuralpruning "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	apiservervalidation "k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apiextensions-apiserver/pkg/registry/customresourcedefinition"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/admissionregistration/install"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/coordination/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/discovery/install"
	_ "k8s.io/kubernetes/pkg/apis/events/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/node/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	_ "k8s.io/kubernetes/pkg/apis/rbac/install"
	_ "k8s.io/kubernetes/pkg/apis/scheduling/install"
	_ "k8s.io/kubernetes/pkg/apis/storage/install"
	"k8s.io/kubernetes/pkg/capabilities"
	"k8s.io/kubernetes/pkg/registry/admissionregistration/mutatingwebhookconfiguration"
	"k8s.io/kubernetes/pkg/registry/admissionregistration/validatingwebhookconfiguration"
	"k8s.io/kubernetes/pkg/registry/apps/daemonset"
	"k8s.io/kubernetes/pkg/registry/apps/deployment"
	"k8s.io/kubernetes/pkg/registry/apps/replicaset"
	"k8s.io/kubernetes/pkg/registry/apps/statefulset"
	"k8s.io/kubernetes/pkg/registry/autoscaling/horizontalpodautoscaler"
	"k8s.io/kubernetes/pkg/registry/batch/cronjob"
	"k8s.io/kubernetes/pkg/registry/batch/job"
	"k8s.io/kubernetes/pkg/registry/coordination/lease"
	"k8s.io/kubernetes/pkg/registry/core/configmap"
	"k8s.io/kubernetes/pkg/registry/core/endpoint"
	"k8s.io/kubernetes/pkg/registry/core/limitrange"
	"k8s.io/kubernetes/pkg/registry/core/namespace"
	"k8s.io/kubernetes/pkg/registry/core/persistentvolume"
	"k8s.io/kubernetes/pkg/registry/core/persistentvolumeclaim"
	"k8s.io/kubernetes/pkg/registry/core/pod"
	"k8s.io/kubernetes/pkg/registry/core/podtemplate"
	"k8s.io/kubernetes/pkg/registry/core/replicationcontroller"
	"k8s.io/kubernetes/pkg/registry/core/resourcequota"
	"k8s.io/kubernetes/pkg/registry/core/secret"
	"k8s.io/kubernetes/pkg/registry/core/service"
	"k8s.io/kubernetes/pkg/registry/core/serviceaccount"
	"k8s.io/kubernetes/pkg/registry/discovery/endpointslice"
	"k8s.io/kubernetes/pkg/registry/networking/ingress"
	"k8s.io/kubernetes/pkg/registry/networking/ingressclass"
	"k8s.io/kubernetes/pkg/registry/networking/networkpolicy"
	"k8s.io/kubernetes/pkg/registry/node/runtimeclass"
	"k8s.io/kubernetes/pkg/registry/policy/poddisruptionbudget"
	"k8s.io/kubernetes/pkg/registry/rbac/clusterrole"
	"k8s.io/kubernetes/pkg/registry/rbac/clusterrolebinding"
	"k8s.io/kubernetes/pkg/registry/rbac/role"
	"k8s.io/kubernetes/pkg/registry/rbac/rolebinding"
	"k8s.io/kubernetes/pkg/registry/scheduling/priorityclass"
	"k8s.io/kubernetes/pkg/registry/storage/csidriver"
	"k8s.io/kubernetes/pkg/registry/storage/storageclass"
)

type strategy interface {
	rest.RESTCreateStrategy
	rest.RESTUpdateStrategy
}

var strategies = map[string]strategy{
	"Pod": pod.Strategy, "Deployment": deployment.Strategy, "ReplicaSet": replicaset.Strategy, "DaemonSet": daemonset.Strategy,
	"StatefulSet": statefulset.Strategy, "Job": job.Strategy, "CronJob": cronjob.Strategy, "ConfigMap": configmap.Strategy,
	"Secret": secret.Strategy, "Service": service.Strategy, "PersistentVolume": persistentvolume.Strategy,
	"PersistentVolumeClaim": persistentvolumeclaim.Strategy, "Namespace": namespace.Strategy, "ServiceAccount": serviceaccount.Strategy,
	"ResourceQuota": resourcequota.Strategy, "LimitRange": limitrange.Strategy, "Endpoints": endpoint.Strategy,
	"PodTemplate": podtemplate.Strategy, "ReplicationController": replicationcontroller.Strategy,
	"Ingress": ingress.Strategy, "IngressClass": ingressclass.Strategy, "NetworkPolicy": networkpolicy.Strategy,
	"PodDisruptionBudget": poddisruptionbudget.Strategy, "Role": role.Strategy, "ClusterRole": clusterrole.Strategy,
	"RoleBinding": rolebinding.Strategy, "ClusterRoleBinding": clusterrolebinding.Strategy,
	"HorizontalPodAutoscaler": horizontalpodautoscaler.Strategy, "StorageClass": storageclass.Strategy, "CSIDriver": csidriver.Strategy,
	"PriorityClass": priorityclass.Strategy, "Lease": lease.Strategy, "EndpointSlice": endpointslice.Strategy,
	"RuntimeClass": runtimeclass.Strategy, "ValidatingWebhookConfiguration": validatingwebhookconfiguration.Strategy,
	"MutatingWebhookConfiguration": mutatingwebhookconfiguration.Strategy,
}

type request struct {
	Object json.RawMessage `json:"object"`
	Old    json.RawMessage `json:"old,omitempty"`
	Raw    bool            `json:"raw,omitempty"`
	Schema json.RawMessage `json:"schema,omitempty"`
}
type response struct {
	Error  string          `json:"error,omitempty"`
	Object json.RawMessage `json:"object,omitempty"`
	Causes []string        `json:"causes,omitempty"`
	// Of custom resources.
	Unknown []string `json:"unknown,omitempty"`
}

func decode(raw []byte) (o runtime.Object, gvk *schema.GroupVersionKind, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	o, gvk, err = legacyscheme.Codecs.UniversalDecoder().Decode(raw, nil, nil)
	return
}

func handle(line []byte) (res response) {
	defer func() {
		if r := recover(); r != nil {
			res = response{Error: fmt.Sprintf("panic: %v", r)}
		}
	}()
	var req request
	if err := json.Unmarshal(line, &req); err != nil {
		return response{Error: "request: " + err.Error()}
	}
	if req.Schema != nil {
		return custom(req)
	}
	obj, gvk, err := decode(req.Object)
	if err != nil {
		return response{Error: "decode: " + err.Error()}
	}
	var st strategy
	if gvk.Kind == "CustomResourceDefinition" {
		st = customresourcedefinition.NewStrategy(legacyscheme.Scheme)
	} else {
		st = strategies[gvk.Kind]
	}
	acc, _ := meta.Accessor(obj)
	var old runtime.Object
	if !req.Raw && st != nil {
		ctx := genericapirequest.NewContext()
		if st.NamespaceScoped() {
			if acc.GetNamespace() == "" {
				acc.SetNamespace("default")
			}
			ctx = genericapirequest.WithNamespace(ctx, acc.GetNamespace())
		} else {
			ctx = genericapirequest.WithNamespace(ctx, "")
		}
		ctx = genericapirequest.WithRequestInfo(ctx, &genericapirequest.RequestInfo{APIGroup: gvk.Group, APIVersion: gvk.Version, IsResourceRequest: true})
		if req.Old != nil {
			old, _, err = decode(req.Old)
			if err != nil {
				return response{Error: "decode old: " + err.Error()}
			}
			oacc, _ := meta.Accessor(old)
			if st.NamespaceScoped() && oacc.GetNamespace() == "" {
				oacc.SetNamespace("default")
			}
			oacc.SetResourceVersion("1")
			acc.SetResourceVersion("1")
			oacc.SetUID("u")
			acc.SetUID("u")
			err = rest.BeforeUpdate(st, ctx, obj, old)
		} else {
			rest.FillObjectMetaSystemFields(acc)
			err = rest.BeforeCreate(st, ctx, obj)
		}
	}
	encoder := legacyscheme.Codecs.LegacyCodec(gvk.GroupVersion())
	out, eerr := runtime.Encode(encoder, obj)
	if eerr != nil {
		return response{Error: "encode: " + eerr.Error()}
	}
	res.Object = out
	if err != nil {
		res.Error = err.Error()
		if se, ok := err.(*apierrors.StatusError); ok && se.ErrStatus.Details != nil {
			for _, c := range se.ErrStatus.Details.Causes {
				res.Causes = append(res.Causes, c.Field+": "+c.Message)
			}
		}
	}
	return res
}

// custom prunes, defaults and checks a custom resource against its schema.
func custom(req request) (res response) {
	external := &apiextensionsv1.JSONSchemaProps{}
	if err := json.Unmarshal(req.Schema, external); err != nil {
		return response{Error: "decode: " + err.Error()}
	}
	props := &apiextensions.JSONSchemaProps{}
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(external, props, nil); err != nil {
		return response{Error: "decode: " + err.Error()}
	}
	structural, err := structuralschema.NewStructural(props)
	if err != nil {
		return response{Error: "decode: " + err.Error()}
	}
	object := map[string]interface{}{}
	if err := json.Unmarshal(req.Object, &object); err != nil {
		return response{Error: "decode: " + err.Error()}
	}
	options := structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	res.Unknown = structuralpruning.PruneWithOptions(object, structural, true, options)
	if err := schemaobjectmeta.Coerce(nil, object, structural, true, false); err != nil {
		return response{Error: "decode: " + err.Error()}
	}
	structuraldefaulting.PruneNonNullableNullsWithoutDefaults(object, structural)
	structuraldefaulting.Default(object, structural)
	res.Object, _ = json.Marshal(object)
	validator, _, err := apiservervalidation.NewSchemaValidator(props)
	if err != nil {
		return response{Error: "decode: " + err.Error()}
	}
	faults := apiservervalidation.ValidateCustomResource(nil, object, validator)
	faults = append(faults, schemaobjectmeta.Validate(nil, object, structural, true)...)
	faults = append(faults, structurallisttype.ValidateListSetsAndMaps(nil, structural, object)...)
	for _, fault := range faults {
		res.Causes = append(res.Causes, fault.Error())
	}
	return res
}

func main() {
	capabilities.Initialize(capabilities.Capabilities{AllowPrivileged: true})
	extinstall.Install(legacyscheme.Scheme)
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	w := bufio.NewWriter(os.Stdout)
	defer w.Flush()
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 1 {
			b, _ := json.Marshal(handle(line))
			w.Write(b)
			w.WriteByte('\n')
		}
		if err != nil {
			return
		}
	}
}
