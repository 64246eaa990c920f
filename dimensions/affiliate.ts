import { scd1 } from 'starline'
import { affiliate as source } from '../sources/affiliate.ts'
import { affiliate as create } from '../creates/affiliate.ts'

/** One member is one partner who sends buyers, or the member for those who came directly. */
export const affiliate = scd1({ source, create, key: 'affiliate_key', lookup: ['affiliate_id'] })
