import { create } from 'starline'

export const course = create(`
  CREATE TABLE course_dim (
    course_key     KEY,
    course_id      INT            NOT NULL,
    subject_code   VARCHAR(8)     NOT NULL,
    course_number  VARCHAR(8)     NOT NULL,
    title          VARCHAR(120),
    subject        VARCHAR(60)    NOT NULL,
    school_name    VARCHAR(120),
    credits        DECIMAL(3,1),
    first_taught   DATE,
    UNIQUE (course_id)
  )
`)
