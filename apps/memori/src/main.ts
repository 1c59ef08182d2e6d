import 'reflect-metadata';
import { loadEnv } from '@memori/config';
console.log(Object.keys(loadEnv(process.cwd())).length);
