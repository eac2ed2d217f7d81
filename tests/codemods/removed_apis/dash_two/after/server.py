import dash
from dash import dcc
from dash import html
from dash import dash_table
from dash.dependencies import Input, Output

app = dash.Dash(__name__)
app.layout = html.Div([dcc.Input(id="name"), dash_table.DataTable(id="table")])


if __name__ == "__main__":
    app.run(debug=True, host="0.0.0.0")
