-- How unlike everything that was known a goal is; NULL: not measured, as for goals of older models.
ALTER TABLE goal ADD COLUMN out_of_scope REAL;
