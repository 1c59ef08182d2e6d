/** Env: read once, checked once. The one place that knows process.env. */
export { Env, SECRET_VARIABLES } from './env';
export { environmentWithoutMemori, loadEnv, mergeLayers, parseEnv, variableNames } from './load-env';
export { ConfigModule } from './config.module';
