import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { ConfigurationError, messageOf } from '../errors.ts'
import type { EtlType } from '../etl/etl.ts'
import type { Entry } from '../etl/registry.ts'
import type { Door } from './door.ts'

/** Every dimension or fact that the team's index exports, active or not; none where there is no index. */
export async function exportedOf(door: Pick<Door, 'importFile'>, type: EtlType): Promise<readonly Entry[]> {
  return (await indexOf(door, `${type}s`) ?? []).flatMap(([name, etl]) => (isEtl(etl, type) ? [{ type, name, etl }] : []))
}

/** All that the index of a team's folder exports, by name; undefined where there is no index. @throws {ConfigurationError} where it can't be loaded */
export async function indexOf({ importFile }: Pick<Door, 'importFile'>, folder: string): Promise<readonly (readonly [name: string, value: unknown])[] | undefined> {
  const path = ['ts', 'mts', 'js', 'mjs'].map((ending) => resolve(`${folder}/index.${ending}`)).find((each) => existsSync(each))
  return path === undefined ? undefined : Object.entries(await imported(importFile, path))
}

async function imported(importFile: Door['importFile'], path: string): Promise<object> {
  try {
    const module = await importFile(path)
    return typeof module === 'object' && module !== null ? module : {}
  } catch (error) {
    throw new ConfigurationError('the file could not be loaded', { where: path, why: messageOf(error), wayOut: 'correct it; npx tsc -p . finds more of its kind', cause: error })
  }
}

const isEtl = (value: unknown, type: EtlType): value is Entry['etl'] =>
  value !== null && typeof value === 'object' && 'type' in value && value.type === type && 'create' in value && 'source' in value
