import { scd1 } from 'starline'
import { actor as source } from '../sources/actor.ts'
import { actor as create } from '../creates/actor.ts'

/** One member is one person who plays in films; two of them have the same name. */
export const actor = scd1({ source, create, key: 'actor_key', lookup: ['actor_id'] })
