/* A floor whose folder holds no C file yet. */
typedef int hk_empty_floor;
