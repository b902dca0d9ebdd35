{{- define "stateful.host" -}}
{{- printf "%s-%d.%s-headless.%s.svc" .name (int .index) .name .ns -}}
{{- end -}}
{{- define "stateful.hosts" -}}
{{- $hosts := list -}}
{{- range $i := until (int (min 5 .Values.replicas)) -}}
{{- $hosts = append $hosts (printf "%s:%d" (include "stateful.host" (dict "name" $.Release.Name "index" $i "ns" $.Release.Namespace)) (int $.Values.port)) -}}
{{- end -}}
{{- join "," $hosts -}}
{{- end -}}
