{{- define "base.affinities.pods.soft" -}}
{{- $component := default "" .component -}}
{{- $customLabels := default (dict) .customLabels -}}
preferredDuringSchedulingIgnoredDuringExecution:
  - podAffinityTerm:
      labelSelector:
        matchLabels: {{- (include "base.labels.match" ( dict "customLabels" $customLabels "context" .context )) | nindent 10 }}
          {{- if not (empty $component) }}
          {{ printf "app.kubernetes.io/component: %s" $component }}
          {{- end }}
      topologyKey: {{ default "kubernetes.io/hostname" .topologyKey }}
    weight: 1
{{- end -}}

{{- define "base.affinities.pods" -}}
  {{- if eq .type "soft" }}
    {{- include "base.affinities.pods.soft" . -}}
  {{- else if eq .type "hard" }}
requiredDuringSchedulingIgnoredDuringExecution: []
  {{- end -}}
{{- end -}}
