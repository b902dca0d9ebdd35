import { createRandom, type Random } from '../../fuzz/lib/random.ts';
import { range } from '../figures.ts';
import type { Workload } from './workload.ts';

/** Charts in the shape that `helm create` gives people to start from: helpers, values per environment, some subcharts. */
export function charts(count: number, seed: number): Workload[] {
  const random = createRandom(seed);
  return range(count).map((i) => chart(`service-${i}`, random));
}

function chart(name: string, random: Random): Workload {
  const path = `charts/${name}`;
  const subcharts = random.below(100) < 30 ? ['cache'] : [];
  const files: Record<string, string> = {
    ...chartFiles(path, name, random, subcharts),
    [`${path}/values-production.yaml`]: productionValues(random, subcharts),
  };
  for (const subchart of subcharts)
    Object.assign(files, chartFiles(`${path}/charts/${subchart}`, subchart, random, []));
  const parameters = random.below(2) === 0 ? [] : [{ name: 'image.tag', value: `v2.${random.below(50)}.1` }];
  return { name, tool: 'helm', path, files, valueFiles: ['values-production.yaml'], parameters };
}

function chartFiles(path: string, name: string, random: Random, subcharts: readonly string[]): Record<string, string> {
  const dependencies = subcharts.map(
    (subchart) => `  - name: ${subchart}\n    version: 1.x.x\n    condition: ${subchart}.enabled\n`,
  );
  const files: Record<string, string> = {
    [`${path}/Chart.yaml`]: `apiVersion: v2
name: ${name}
description: A service
type: application
version: 1.${random.below(20)}.0
appVersion: "2.${random.below(9)}"
${dependencies.length > 0 ? `dependencies:\n${dependencies.join('')}` : ''}`,
    [`${path}/.helmignore`]: '.git/\n*.tmp\n*.swp\n',
    [`${path}/values.yaml`]: values(name, random, subcharts),
    [`${path}/templates/_helpers.tpl`]: HELPERS.replaceAll('CHART', name),
  };
  for (const [file, text] of Object.entries(TEMPLATES))
    files[`${path}/templates/${file}`] = text.replaceAll('CHART', name);
  return files;
}

function values(name: string, random: Random, subcharts: readonly string[]): string {
  return `replicaCount: 1
image:
  repository: example/${name}
  pullPolicy: IfNotPresent
  tag: ""
nameOverride: ""
fullnameOverride: ""
serviceAccount: {create: true, annotations: {}, name: ""}
podAnnotations: {}
podSecurityContext: {fsGroup: 2000}
securityContext:
  capabilities: {drop: [ALL]}
  readOnlyRootFilesystem: true
  runAsUser: 1000
service: {type: ClusterIP, port: ${80 + random.below(9)}}
ingress:
  enabled: false
  className: nginx
  annotations: {}
  hosts:
    - host: ${name}.local
      paths:
        - {path: /, pathType: ImplementationSpecific}
  tls: []
resources: {}
autoscaling: {enabled: false, minReplicas: 1, maxReplicas: 10, targetCPUUtilizationPercentage: 80}
env:
${range(2 + random.below(10))
  .map((i) => `  KEY_${i}: value-${random.below(1000)}\n`)
  .join('')}config:
  log: {level: info, format: json}
  limits: {requests: ${random.below(1000)}, timeout: 30s}
nodeSelector: {}
tolerations: []
affinity: {}
${subcharts.map((subchart) => `${subchart}:\n  enabled: true\n  replicaCount: 2\n`).join('')}`;
}

function productionValues(random: Random, subcharts: readonly string[]): string {
  return `replicaCount: ${2 + random.below(8)}
podAnnotations:
  prometheus.io/scrape: "true"
ingress:
  enabled: ${random.below(2) === 0}
  annotations:
    nginx.ingress.kubernetes.io/proxy-body-size: 10m
  hosts:
    - host: shop.example.com
      paths:
        - {path: /, pathType: Prefix}
        - {path: /api, pathType: Prefix}
  tls:
    - {secretName: shop-tls, hosts: [shop.example.com]}
resources:
  requests: {cpu: ${100 + random.below(900)}m, memory: 256Mi}
  limits: {memory: 512Mi}
autoscaling:
  enabled: ${random.below(2) === 0}
config:
  log: {level: warn}
tolerations:
  - {key: dedicated, operator: Equal, value: shop, effect: NoSchedule}
${subcharts.map((subchart) => `${subchart}:\n  replicaCount: 3\n`).join('')}`;
}

const HELPERS = `{{/* Name of the chart */}}
{{- define "CHART.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "CHART.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "CHART.chart" -}}
{{- printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "CHART.labels" -}}
helm.sh/chart: {{ include "CHART.chart" . }}
{{ include "CHART.selectorLabels" . }}
{{- if .Chart.AppVersion }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "CHART.selectorLabels" -}}
app.kubernetes.io/name: {{ include "CHART.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "CHART.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "CHART.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}
`;

const TEMPLATES: Readonly<Record<string, string>> = {
  'deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "CHART.fullname" . }}
  labels:
    {{- include "CHART.labels" . | nindent 4 }}
spec:
  {{- if not .Values.autoscaling.enabled }}
  replicas: {{ .Values.replicaCount }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "CHART.selectorLabels" . | nindent 6 }}
  template:
    metadata:
      annotations:
        checksum/config: {{ include (print $.Template.BasePath "/configmap.yaml") . | sha256sum }}
        {{- with .Values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      labels:
        {{- include "CHART.selectorLabels" . | nindent 8 }}
    spec:
      serviceAccountName: {{ include "CHART.serviceAccountName" . }}
      securityContext:
        {{- toYaml .Values.podSecurityContext | nindent 8 }}
      containers:
        - name: {{ .Chart.Name }}
          securityContext:
            {{- toYaml .Values.securityContext | nindent 12 }}
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          imagePullPolicy: {{ .Values.image.pullPolicy }}
          ports:
            - name: http
              containerPort: 8080
              protocol: TCP
          envFrom:
            - configMapRef:
                name: {{ include "CHART.fullname" . }}
          env:
            {{- range $key, $value := .Values.env }}
            - name: {{ $key | upper }}
              value: {{ $value | quote }}
            {{- end }}
          livenessProbe:
            httpGet: {path: /healthz, port: http}
          resources:
            {{- toYaml .Values.resources | nindent 12 }}
      {{- with .Values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.affinity }}
      affinity:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
`,
  'service.yaml': `apiVersion: v1
kind: Service
metadata:
  name: {{ include "CHART.fullname" . }}
  labels:
    {{- include "CHART.labels" . | nindent 4 }}
spec:
  type: {{ .Values.service.type }}
  ports:
    - port: {{ .Values.service.port }}
      targetPort: http
      protocol: TCP
      name: http
  selector:
    {{- include "CHART.selectorLabels" . | nindent 4 }}
`,
  'serviceaccount.yaml': `{{- if .Values.serviceAccount.create -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "CHART.serviceAccountName" . }}
  labels:
    {{- include "CHART.labels" . | nindent 4 }}
  {{- with .Values.serviceAccount.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
`,
  'configmap.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "CHART.fullname" . }}
  labels:
    {{- include "CHART.labels" . | nindent 4 }}
data:
  config.json: {{ .Values.config | toJson | quote }}
  config.yaml: |
    {{- toYaml .Values.config | nindent 4 }}
`,
  'hpa.yaml': `{{- if .Values.autoscaling.enabled }}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ include "CHART.fullname" . }}
  labels:
    {{- include "CHART.labels" . | nindent 4 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "CHART.fullname" . }}
  minReplicas: {{ .Values.autoscaling.minReplicas }}
  maxReplicas: {{ .Values.autoscaling.maxReplicas }}
  metrics:
    {{- if .Values.autoscaling.targetCPUUtilizationPercentage }}
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ .Values.autoscaling.targetCPUUtilizationPercentage }}
    {{- end }}
{{- end }}
`,
  'ingress.yaml': `{{- if .Values.ingress.enabled -}}
{{- $fullName := include "CHART.fullname" . -}}
{{- $svcPort := .Values.service.port -}}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ $fullName }}
  labels:
    {{- include "CHART.labels" . | nindent 4 }}
  {{- with .Values.ingress.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  ingressClassName: {{ .Values.ingress.className }}
  {{- if .Values.ingress.tls }}
  tls:
    {{- range .Values.ingress.tls }}
    - hosts:
        {{- range .hosts }}
        - {{ . | quote }}
        {{- end }}
      secretName: {{ .secretName }}
    {{- end }}
  {{- end }}
  rules:
    {{- range .Values.ingress.hosts }}
    - host: {{ .host | quote }}
      http:
        paths:
          {{- range .paths }}
          - path: {{ .path }}
            pathType: {{ .pathType }}
            backend:
              service:
                name: {{ $fullName }}
                port:
                  number: {{ $svcPort }}
          {{- end }}
    {{- end }}
{{- end }}
`,
  'NOTES.txt': `{{- if .Values.ingress.enabled }}
{{- range $host := .Values.ingress.hosts }}
https://{{ $host.host }}
{{- end }}
{{- else }}
kubectl port-forward svc/{{ include "CHART.fullname" . }} 8080
{{- end }}
`,
  'tests/test-connection.yaml': `apiVersion: v1
kind: Pod
metadata:
  name: "{{ include "CHART.fullname" . }}-test-connection"
  labels:
    {{- include "CHART.labels" . | nindent 4 }}
  annotations:
    "helm.sh/hook": test
spec:
  containers:
    - name: wget
      image: busybox
      command: ['wget']
      args: ['{{ include "CHART.fullname" . }}:{{ .Values.service.port }}']
  restartPolicy: Never
`,
};
