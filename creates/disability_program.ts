import { create } from 'starline'

export const disability_program = create(`
  CREATE TABLE disability_program_dim (
    disability_program_key  KEY,
    disability_program_id   INT          NOT NULL,
    name                    VARCHAR(80)  NOT NULL,
    UNIQUE (disability_program_id)
  )
`)
