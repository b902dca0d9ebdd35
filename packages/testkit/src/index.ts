export { createCertificate, type TestCertificate } from './certificate.ts';
export { chartArchive, startChartRepository, type TestChart, type TestChartRepository } from './chart-repository.ts';
export {
  axePath,
  type Browser,
  type BrowserContext,
  type CdpSession,
  type Locator,
  type Page,
  startChromium,
} from './chromium.ts';
export { counterpart, helmPath, kubectlPath, node24Path } from './counterparts.ts';
export { startDirectory, type TestDirectory } from './directory.ts';
export { type FakeClock, fakeClock } from './fake-clock.ts';
export { startForge, type TestForge } from './forge.ts';
export type { TestForgeKind, TestForgeRepository, TestPullRequest } from './forge-state.ts';
export { gitRepo, type RepoFiles, type TestRepo } from './git-repo.ts';
export { type KubectlOptions, runHelm, runKubectl } from './kubectl.ts';
export { type OidcUser, startOidcProvider, type TestOidcProvider } from './oidc-provider.ts';
export { type OtlpCollector, startOtlpCollector } from './otlp-collector.ts';
export { startPostgres, type TestPostgres } from './postgres.ts';
export { type ProgramOptions, type ProgramResult, runProgram } from './program.ts';
export {
  type RecordedRequest,
  type RecordingServer,
  recordingServer,
  type ScriptedReply,
  slackAnswers,
} from './recording-server.ts';
export { startRegistry, type TestRegistry, type TestRegistryOptions } from './registry.ts';
export { listOf, refusal, type ScriptedApi, type ScriptedWatch, scriptedApi, success } from './scripted-api.ts';
export { repositoryRoot, requireShared, sharedDir, tellSkipped } from './shared-folder.ts';
export {
  createSshKey,
  hasSshClient,
  type SshKey,
  type SshStall,
  startSshServer,
  type TestSshServer,
} from './ssh-server.ts';
export { type TempDir, tempDir } from './temp-dir.ts';
export { startTestCluster, type TestCluster, type TestClusterOptions } from './test-cluster.ts';
