export { defaultConfig, type ServerConfig } from './config.ts';
export { type Server, type StartProgress, startServer } from './server.ts';
