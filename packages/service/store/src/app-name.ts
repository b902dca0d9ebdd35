export interface AppName {
  readonly namespace: string;
  readonly app: string;
}
