"""What agents and skills say of themselves: which file wins, its model, hooks that ask one."""
